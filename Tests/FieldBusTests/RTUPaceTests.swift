import GatewayModel
import SerialLine
import Testing

@testable import FieldBus

@Suite struct RTUPaceTests {
    private let pace = RTUPace(serial: LineTiming(baud: 9_600))

    @Test func silenceIsThreeAndAHalfCharacters_fixedAbove19200() {
        #expect(pace.silence == 3_645_834)
        #expect(RTUPace(serial: LineTiming(baud: 19_200, bitsPerCharacter: 11)).silence == 2_005_209)
        #expect(RTUPace(serial: LineTiming(baud: 115_200)).silence == 1_750_000)
        #expect(RTUPace(converter: ()).silence == 0)
    }

    @Test func bytesThatAreLateByMicrosecondsAreLookedForSoon() {
        for missing in 1...8 { #expect(pace.step(missing: missing, waited: 10_000) <= 100_000) }
        // The looks that a UART costs which hands over its last bytes 4 characters later.
        var (waited, looks): (Nanoseconds, Int) = (0, 0)
        while waited < pace.characters(4) {
            waited += pace.step(missing: 5, waited: waited)
            looks += 1
        }
        #expect(looks <= 14)
        #expect(waited < 2 * pace.characters(4))
    }

    @Test func manyMissingBytesAreNotLookedForBeforeTheyCanHaveCome() {
        #expect(pace.step(missing: 100, waited: 0) == pace.characters(84))
    }

    @Test(arguments: [300, 1_200, 9_600, 115_200]) func whatAUARTKeepsBackIsNoSilence(baud: Int) {
        let timing = LineTiming(baud: baud)
        #expect(RTUPace(serial: timing).gap >= timing.characters(16) + timing.frameSilence)
        #expect(RTUPace(serial: timing).gap >= .milliseconds(20))
    }
}

@Suite struct WakeLeadTests {
    @Test func latenessIsLearnt_withItsSpreadButNeverMoreThanTheLargest() {
        var steady = WakeLead()
        for _ in 0..<200 { steady.record(.microseconds(120)) }
        #expect((110_000...130_000).contains(steady.value))
        var unsteady = WakeLead()
        for n in 0..<200 { unsteady.record(.microseconds(n % 2 == 0 ? 40 : 80)) }
        #expect((70_000...90_000).contains(unsteady.value))
        for _ in 0..<100 { steady.record(.seconds(1)) }
        #expect(steady.value == WakeLead.largest)
    }
}

@Suite struct ArrivalLeadTests {
    @Test func theLastByteIsSeenToComeAfterAFewAnswers() {
        var lead = ArrivalLead()
        for _ in 0..<40 {
            // The byte is there 90 us before the computed moment; who looks later cannot know.
            let atOnce = lead.value < .microseconds(90)
            lead.record(early: min(lead.value, .microseconds(90)), atOnce: atOnce)
        }
        #expect((90_000...110_000).contains(lead.value))
    }

    @Test func aPortThatHandsItsBytesOverLateIsNotWatchedAwake() {
        var lead = ArrivalLead()
        for _ in 0..<10 { lead.record(early: 0, atOnce: true) }
        for _ in 0..<60 { lead.record(early: -.milliseconds(4), atOnce: false) }
        #expect(lead.value < .microseconds(1))
    }

    @Test func itNeverGrowsBeyondTheLargest() {
        var lead = ArrivalLead()
        for _ in 0..<1_000 { lead.record(early: .milliseconds(50), atOnce: true) }
        #expect(lead.value == ArrivalLead.largest)
    }
}

@Suite struct LoadMeterTests {
    @Test func theShareIsThatOfTheLastMinute() {
        var now = BootTime(nanoseconds: 7_300_000_000)
        var meter = LoadMeter(now: now)
        #expect(meter.share(at: now) == 0)
        for _ in 0..<100 {
            now = now + .milliseconds(500)
            meter.add(.milliseconds(250), at: now)
        }
        #expect(abs(meter.share(at: now) - 0.5) < 0.02)
        now = now + .seconds(30)
        #expect(abs(meter.share(at: now) - 0.25) < 0.02)
        now = now + .seconds(3_600)
        #expect(meter.share(at: now) == 0)
    }
}
