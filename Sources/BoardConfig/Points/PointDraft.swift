internal import GatewayModel

/// A point as far as one mapping describes it; what it leaves open comes from the device, then from the template.
struct PointDraft {
    /// Where the point itself stands.
    var position: TextPosition
    var id: Located<String>?
    var table: Located<RegisterTable>?
    var address: Located<UInt16>?
    var type: Located<RegisterType>?
    var bit: Located<UInt8>?
    var length: Located<Int>?
    var scale: Located<DecimalNumber>?
    var offset: Located<DecimalNumber>?
    var map: Located<Scaling>?
    var validRaw: Located<ClosedRange<DecimalNumber>>?
    var validValue: Located<ClosedRange<DecimalNumber>>?
    var noValue: Located<[DecimalNumber]>?
    var labels: Located<[Int64: String]>?
    var unit: Located<String>?
    var period: Located<SamplingPeriod>?
    var priority: Located<PointPriority>?
    var deadBand: Located<DecimalNumber>?
    var maxSilence: Located<Nanoseconds>?
    var kind: Located<PointKind>?
    var access: Located<PointAccess>?
    var wordOrder: Located<ByteOrder>?
    var byteOrder: Located<ByteOrder>?
    var resolution: Located<DecimalNumber>?
    var meter = MeterDraft()

    init(position: TextPosition) { self.position = position }

    /// Takes from `base` what is open here. Places of the base are in another file: they become this point's own.
    ///
    /// A scaling of its own makes the base's engineering figures (valid, dead band, resolution) void.
    mutating func inherit(_ base: PointDraft) {
        table = table ?? moved(base.table)
        address = address ?? moved(base.address)
        type = type ?? moved(base.type)
        bit = bit ?? moved(base.bit)
        length = length ?? moved(base.length)
        validRaw = validRaw ?? moved(base.validRaw)
        noValue = noValue ?? moved(base.noValue)
        labels = labels ?? moved(base.labels)
        unit = unit ?? moved(base.unit)
        period = period ?? moved(base.period)
        priority = priority ?? moved(base.priority)
        maxSilence = maxSilence ?? moved(base.maxSilence)
        kind = kind ?? moved(base.kind)
        access = access ?? moved(base.access)
        wordOrder = wordOrder ?? moved(base.wordOrder)
        byteOrder = byteOrder ?? moved(base.byteOrder)
        meter.inherit(base.meter, at: position)
        inheritScaling(base)
    }

    private mutating func inheritScaling(_ base: PointDraft) {
        if scale == nil, offset == nil, map == nil {
            scale = moved(base.scale)
            offset = moved(base.offset)
            map = moved(base.map)
            validValue = validValue ?? moved(base.validValue)
            deadBand = deadBand ?? moved(base.deadBand)
            resolution = resolution ?? moved(base.resolution)
        } else if map == nil {
            scale = scale ?? moved(base.scale)
            offset = offset ?? moved(base.offset)
        }
    }

    private func moved<T>(_ value: Located<T>?) -> Located<T>? { value.map { Located($0.value, position) } }
}
