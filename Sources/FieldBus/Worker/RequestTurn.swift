internal import BusPlanning
internal import GatewayModel

/// One due request while it is worked off: usually one step; more when the device refuses it and the reason is sought
/// by halving.
struct RequestTurn {
    /// One request on the wire.
    struct Step {
        var request: PlannedRequest
        /// The split that this is a half of, or that it confirms.
        var joint: Int?
        var isConfirmation = false
        /// For the device's identity; its answer is no reading.
        var isLook = false
    }

    /// Where a refused request was cut in two.
    struct Joint {
        var table: RegisterTable
        /// Registers or bits of the request that was cut.
        var count: Int
        /// The last span of the left half and the first one of the right half.
        var left: Range<Int>
        var right: Range<Int>
        var answeredHalves = 0
    }

    /// What a confirmed split taught.
    enum Lesson: Hashable {
        /// The gap between two spans is refused, whoever asks across it.
        case gap(Range<Int>, RegisterTable)
        /// Nothing lies between them, but they cannot be asked for together.
        case boundary(Int, RegisterTable)
        /// They can: the request was refused for its length.
        case length(Int, RegisterTable)
    }

    /// Steps that halving may add to one turn; the search goes on at the next one.
    static let mostExtraSteps = 32
    /// Looks at who the device is in one turn: one that says another thing each time gets no more.
    static let mostLooks = 3

    var due: DueRequest
    /// Nothing but a look at the device's identity: the schedule does not know of it.
    var isLook = false
    private(set) var steps: [Step]
    private var joints: [Joint] = []
    private var extraSteps = 0
    private var looks = 0
    /// Time on the bus of all steps so far.
    var busy: Nanoseconds = 0
    /// Of the first answer; nil: none yet.
    var turnaround: Nanoseconds?

    init(_ due: DueRequest, requests: [PlannedRequest]) {
        self.due = due
        steps = requests.map { Step(request: $0) }.reversed()
    }

    var current: Step? { steps.last }

    /// Points of the steps that are still to be asked.
    var waitingPoints: [PointIndex] { steps.flatMap(\.request.points) }

    /// The device is asked who it is before anything else. False: it was asked often enough.
    @discardableResult mutating func look(_ request: PlannedRequest) -> Bool {
        guard looks < Self.mostLooks else { return false }
        looks += 1
        steps.append(Step(request: request, isLook: true))
        return true
    }

    mutating func finishCurrent() { _ = steps.popLast() }

    /// Puts the halves of a refused step in front of what is to be asked next. False: the search has gone on for long
    /// enough.
    mutating func split(_ step: Step, left: PlannedRequest, right: PlannedRequest, joint: Joint) -> Bool {
        guard extraSteps + 2 <= Self.mostExtraSteps else { return false }
        extraSteps += 2
        joints.append(joint)
        steps.append(Step(request: right, joint: joints.count - 1))
        steps.append(Step(request: left, joint: joints.count - 1))
        return true
    }

    /// A half was answered. When both were, the pair across the cut is asked for once more, to tell a gap from chance.
    mutating func halfAnswered(_ step: Step, cost: (RegisterTable, Int) -> Nanoseconds) {
        guard let index = step.joint, !step.isConfirmation else { return }
        joints[index].answeredHalves += 1
        guard joints[index].answeredHalves == 2, extraSteps < Self.mostExtraSteps else { return }
        extraSteps += 1
        let joint = joints[index]
        let count = joint.right.upperBound - joint.left.lowerBound
        let request = PlannedRequest(
            table: joint.table, address: UInt16(truncatingIfNeeded: joint.left.lowerBound), count: count, points: [],
            cost: cost(joint.table, count))
        steps.append(Step(request: request, joint: index, isConfirmation: true))
    }

    /// What the answer to a confirming step means.
    func lesson(of step: Step, wasRefused: Bool) -> Lesson? {
        guard step.isConfirmation, let index = step.joint else { return nil }
        let joint = joints[index]
        if !wasRefused {
            return joint.count > step.request.count ? .length(joint.count, joint.table) : nil
        }
        guard joint.left.upperBound <= joint.right.lowerBound else { return nil }
        let gap = joint.left.upperBound..<joint.right.lowerBound
        return gap.isEmpty ? .boundary(joint.right.lowerBound, joint.table) : .gap(gap, joint.table)
    }
}
