internal import GatewayModel

/// The requests that fell due and wait for their turn, kept in the order in which they get it.
///
/// Held in buckets of one class and deadline. Points fall due together, so there are few buckets even when hundreds of
/// requests wait, and what the scheduler asks before each choice is answered from the buckets alone.
struct PendingRequests: Sendable {
    struct Bucket: Sendable {
        let priority: PointPriority
        /// A request of the same device failed since these fell due: behind the others of their class.
        let isPutBack: Bool
        let deadline: BootTime
        fileprivate(set) var cost: Nanoseconds = 0
        /// The next one last.
        fileprivate(set) var requests: [DueRequest] = []

        fileprivate func isBefore(_ other: Bucket) -> Bool {
            if isPutBack != other.isPutBack { return other.isPutBack }
            return deadline < other.deadline
        }
    }

    private(set) var buckets: [Bucket] = []
    private var countOfDevice: [Int: Int] = [:]

    var isEmpty: Bool { buckets.isEmpty }

    func has(_ priority: PointPriority) -> Bool { buckets.contains { $0.priority == priority } }

    /// Bus time of all that waits in a class above.
    func cost(above priority: PointPriority) -> Nanoseconds {
        buckets.reduce(0) { $1.priority > priority ? $0 + $1.cost : $0 }
    }

    /// The buckets of a class in the order in which they get their turn.
    func buckets(of priority: PointPriority) -> [Bucket] {
        buckets.filter { $0.priority == priority }.sorted { $0.isBefore($1) }
    }

    /// The next of a class; nil: none waits.
    func first(of priority: PointPriority) -> DueRequest? {
        firstBucket(priority).flatMap { buckets[$0].requests.last }
    }

    mutating func takeFirst(of priority: PointPriority) -> DueRequest? {
        guard let bucket = firstBucket(priority), let request = buckets[bucket].requests.popLast() else { return nil }
        forget([request], in: bucket)
        return request
    }

    mutating func insert(_ request: DueRequest) {
        let known = buckets.firstIndex {
            $0.priority == request.priority && $0.deadline == request.deadline && $0.isPutBack == request.isPutBack
        }
        let bucket = known ?? buckets.count
        if known == nil {
            buckets.append(
                Bucket(priority: request.priority, isPutBack: request.isPutBack, deadline: request.deadline))
        }
        buckets[bucket].cost += request.request.cost
        countOfDevice[request.device, default: 0] += 1
        // Binary search: the first place whose request goes after this one.
        var (low, high) = (0, buckets[bucket].requests.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.waitsLonger(request, than: buckets[bucket].requests[middle]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        buckets[bucket].requests.insert(request, at: low)
    }

    /// Removes requests of a device and returns them.
    mutating func remove(device: Int, where isMeant: (DueRequest) -> Bool = { _ in true }) -> [DueRequest] {
        guard countOfDevice[device] != nil else { return [] }
        var removed: [DueRequest] = []
        for bucket in buckets.indices.reversed() {
            let hit = buckets[bucket].requests.filter { $0.device == device && isMeant($0) }
            guard !hit.isEmpty else { continue }
            let serials = Set(hit.map(\.serial))
            buckets[bucket].requests.removeAll { serials.contains($0.serial) }
            forget(hit, in: bucket)
            removed += hit
        }
        return removed.sorted { $0.serial < $1.serial }
    }

    mutating func removeAll() -> [DueRequest] {
        let all = buckets.flatMap(\.requests).sorted { $0.serial < $1.serial }
        self = PendingRequests()
        return all
    }

    private func firstBucket(_ priority: PointPriority) -> Int? {
        var first: Int?
        for index in buckets.indices where buckets[index].priority == priority {
            if let known = first, !buckets[index].isBefore(buckets[known]) { continue }
            first = index
        }
        return first
    }

    /// Books that requests left their bucket; the last one takes the bucket with it.
    private mutating func forget(_ requests: [DueRequest], in bucket: Int) {
        for request in requests {
            buckets[bucket].cost -= request.request.cost
            let left = (countOfDevice[request.device] ?? 0) - 1
            countOfDevice[request.device] = left > 0 ? left : nil
        }
        guard buckets[bucket].requests.isEmpty else { return }
        buckets.swapAt(bucket, buckets.count - 1)
        buckets.removeLast()
    }

    /// Of requests that fall due again together, the one whose points have waited longest goes first, so that in an
    /// overload all get their turn.
    private static func waitsLonger(_ a: DueRequest, than b: DueRequest) -> Bool {
        guard a.oldestAsked != b.oldestAsked else { return a.serial < b.serial }
        guard let first = a.oldestAsked else { return true }
        guard let second = b.oldestAsked else { return false }
        return first < second
    }
}
