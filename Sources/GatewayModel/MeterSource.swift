/// Where a point's value lies in a meter that is not asked for registers: which question brings the answer, and which
/// part of the answer it is.
package struct MeterSource: Hashable, Sendable {
    package var question: MeterQuestion
    package var field: MeterField
    /// The question's place among those of its device, from 0: what plans know it by.
    package var place: UInt16

    package init(question: MeterQuestion, field: MeterField, place: UInt16 = 0) {
        self.question = question
        self.field = field
        self.place = place
    }
}

/// What a meter is asked. All points of one question come with one answer.
package enum MeterQuestion: Hashable, Sendable {
    /// A data identifier: DL/T 645 has 32 bits of it, CJ/T 188 16.
    case identifier(UInt32)
    /// M-Bus: all records of all telegrams of one reading.
    case telegrams
}

package enum MeterField: Hashable, Sendable {
    case bytes(MeterBytes)
    case record(MeterRecord)

    /// As which type the value is published: whole numbers, to be multiplied by the point's scale, or text.
    package var type: RegisterType {
        switch self {
        case .bytes(let bytes):
            switch bytes.form {
            case .digits, .clock: .string
            case .bit: .bit
            case .decimal, .signedDecimal, .binary: .int64
            }
        case .record(let record): record.isText ? .string : .int64
        }
    }
}

/// A part of the data of a DL/T 645 or CJ/T 188 answer, low byte first.
package struct MeterBytes: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        /// Two decimal digits a byte.
        case decimal
        /// The same, and the highest bit is a minus: power and current of DL/T 645.
        case signedDecimal
        /// A plain number, up to 8 bytes.
        case binary
        /// One bit of it, 0 (least significant) to 63.
        case bit(Int)
        /// The digits as text, the last byte first: a number that is a name.
        case digits
        /// Seconds, minutes, hours, day, month, year in two bytes, all decimal (CJ/T 188), as text.
        case clock
    }

    /// From the first byte after the identifier (CJ/T 188: after the serial number), 0...199.
    package var at: Int
    /// 1...9; 7 for a clock.
    package var count: Int
    package var form: Form
    /// The byte beside it that says the unit; nil: there is none.
    package var unitCode: UnitCodeField?
    /// Bytes that the answer's data must have, identifier and serial number counted (the L of CJ/T 188): another length
    /// is another layout. nil: any.
    package var answerLength: Int?

    package init(at: Int, count: Int, form: Form, unitCode: UnitCodeField? = nil, answerLength: Int? = nil) {
        self.at = at
        self.count = count
        self.form = form
        self.unitCode = unitCode
        self.answerLength = answerLength
    }
}

package struct UnitCodeField: Hashable, Sendable {
    package enum Place: String, CaseIterable, Hashable, Sendable {
        case after
        case before
    }

    /// Usual is after the value; at least one maker has it before.
    package var place: Place
    /// Digits after the point, in the unit of the code, 0...6.
    package var decimals: Int
    package var scale: MeterScale

    package init(place: Place, decimals: Int, scale: MeterScale) {
        self.place = place
        self.decimals = decimals
        self.scale = scale
    }
}

/// In what a value is published whose unit the meter chooses.
package struct MeterScale: Hashable, Sendable {
    package var unit: MeterUnit
    /// The point's scale: published are whole multiples of it. A value that is none has no place in the point.
    package var step: DecimalNumber

    package init(unit: MeterUnit, step: DecimalNumber) {
        self.unit = unit
        self.step = step
    }

    /// `number` of `unit` as multiples of `step`; nil: a unit of another kind, or not a whole number of steps.
    package func steps(_ number: DecimalNumber, in unit: MeterUnit) -> Int64? {
        guard let factor = unit.factor(to: self.unit), let value = number.multiplied(by: factor) else { return nil }
        return value.count(of: step)
    }
}

/// A record of an M-Bus meter.
package struct MeterRecord: Hashable, Sendable {
    package enum Match: Hashable, Sendable {
        /// Its place among all records of all telegrams, from 1.
        case place(Int)
        /// DIF, DIFEs, VIF and VIFEs, exactly these.
        case codes([UInt8])
        /// What it is of, whatever the maker's order, length and unit: the first record of it without further
        /// qualification.
        case quantity(MBusQuantity)
    }

    package enum Function: String, CaseIterable, Hashable, Sendable {
        case value, max, min
    }

    package var match: Match
    /// With a quantity only: 0 is the present value, 1 usually the last settlement.
    package var storage: UInt64
    package var tariff: UInt32
    package var subunit: UInt16
    package var function: Function
    /// nil: the number as it is, without unit.
    package var scale: MeterScale?
    /// Published as text: dates, names.
    package var isText: Bool

    package init(
        _ match: Match, storage: UInt64 = 0, tariff: UInt32 = 0, subunit: UInt16 = 0, function: Function = .value,
        scale: MeterScale? = nil, isText: Bool = false
    ) {
        self.match = match
        self.storage = storage
        self.tariff = tariff
        self.subunit = subunit
        self.function = function
        self.scale = scale
        self.isText = isText
    }
}
