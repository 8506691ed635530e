import Glibc
import SerialLine
import Testing

@testable import stationsim

/// Who understands whom on one line, by the settings of the port and of each device.
@Suite(.serialized) struct SettingsTests {
    private let two = #"""
        {name: "t", buses: [{id: "line", serial: "9600 8N1"}],
         devices: [{id: "fast", bus: "line", unit: 1, turnaround: "4ms", points: [{point: "a", address: 0, signal: 7}]},
                   {id: "slow", bus: "line", unit: 2, baud: 2400, format: "8E1", turnaround: "4ms",
                    points: [{point: "b", address: 0, signal: 9}]}]}
        """#

    @Test func aProgramThatSetsNothing_findsTheLineAsItIs() throws {
        let station = try RunningStation(oneDevice(line: "4800 8E1", points: temperature))
        #expect(RawMaster.words(try station.master().ask(17, 3, 10, 1)) == [215])
    }

    @Test(arguments: ["4800 8N1", "19200 8N1", "9600 8E1", "9600 8O1"])
    func aMasterWithOtherSettings_isNotUnderstood(settings: String) throws {
        let station = try RunningStation(oneDevice(points: temperature))
        let master = try station.master()
        master.set(try line(settings))
        #expect(master.ask(17, 3, 10, 1, limit: 100_000_000) == [])
        #expect(try station.events(1) == ["unheard"])
        RawMaster.pause()
        master.set(try line("9600 8N1"))
        #expect(RawMaster.words(master.ask(17, 3, 10, 1)) == [215])
    }

    @Test func devicesWithTheirOwnSettings_answerWhenTheMasterUsesThem() throws {
        let station = try RunningStation(two)
        let master = try station.master()
        for _ in 0..<3 {
            master.set(try line("9600 8N1"))
            usleep(20_000)
            #expect(RawMaster.words(master.ask(1, 3, 0, 1)) == [7])
            master.set(try line("2400 8E1"))
            usleep(20_000)
            let start = RawMaster.now()
            #expect(RawMaster.words(master.ask(2, 3, 0, 1)) == [9])
            // 15 characters of 11 bits at 2400 and the turnaround.
            #expect(RawMaster.now() - start > 72_000_000)
        }
        #expect(try station.values(6).count == 6)
        #expect(try station.truth().allSatisfy { $0.event == nil })
    }

    @Test func aDeviceThatTakesBadCharacters_isHeardWithNothingButErrors() throws {
        // The same bits but the parity: a sloppy device understands, and the port reads every bad character as 0.
        let station = try RunningStation(oneDevice(points: temperature, extra: #", format: "8E1", tolerant: true"#))
        let master = try station.master()
        master.set(try line("9600 8O1"))
        let frame = master.ask(17, 3, 10, 1)
        #expect(frame == [0, 0, 0, 0, 0, 0, 0])
        #expect(try station.events(1) == ["garbled"])
    }

    @Test func onALineThatIsSetToSomethingElse_whatTheProgramSetsDoesNotCount() throws {
        let station = try RunningStation(oneDevice(lineOptions: #", port: "9600 8N1""#, points: temperature))
        let master = try station.master()
        master.set(try line("4800 8N1"))
        #expect(RawMaster.words(master.ask(17, 3, 10, 1)) == [215])
    }
}
