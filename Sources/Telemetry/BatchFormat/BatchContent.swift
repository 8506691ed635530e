package import GatewayModel

/// What a batch says, without the frame around it.
package struct BatchContent: Hashable, Sendable {
    /// Ordered by point; readings of one point in the order they were made. Times in whole milliseconds, samples as
    /// stored: a dictionary makes values of them.
    package var readings: [Reading]
    package var gaps: [Gap]
    /// In the order in which they happened.
    package var alarms: [AlarmEvent]
    /// What is left of readings that were thinned; nil: none were.
    package var aggregates: AggregateBlock?
    /// Sequences of the same epoch whose place this batch takes.
    package var replaces: [ClosedRange<UInt64>]

    package init(
        readings: [Reading] = [], gaps: [Gap] = [], alarms: [AlarmEvent] = [], aggregates: AggregateBlock? = nil,
        replaces: [ClosedRange<UInt64>] = []
    ) {
        self.readings = readings
        self.gaps = gaps
        self.alarms = alarms
        self.aggregates = aggregates
        self.replaces = replaces
    }

    package var isEmpty: Bool {
        readings.isEmpty && gaps.isEmpty && alarms.isEmpty && aggregates == nil && replaces.isEmpty
    }

    /// No batch holds more readings, or more aggregates, in any version of the format.
    package static let maximumReadings = 1 << 16
    package static let maximumGaps = 1 << 16
    package static let maximumReplaced = 1 << 12
    package static let maximumAlarms = 1 << 12
    /// Bytes of an alarm's id.
    package static let maximumAlarmID = 128
    /// Point indices are below.
    package static let maximumPoints = 1 << 20
    /// Bytes of one text value.
    package static let maximumText = 1 << 10
    /// Bytes of a body after expansion.
    package static let maximumBody = 8 << 20
    /// Times of a batch, on either clock, in ms: 0 to about 73 years of uptime, and to the year 2116.
    package static let bootTimes: Range<Int64> = 0..<(1 << 61) / 1_000_000
    package static let wallTimes: Range<Int64> = 0..<(1 << 62) / 1_000_000
}
