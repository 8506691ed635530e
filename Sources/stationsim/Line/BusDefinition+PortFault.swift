extension BusDefinition {
    /// The fault by which the port is not there now.
    func portFault(at elapsed: Nanoseconds) -> Fault? {
        faults.first {
            if case .portGone = $0.kind { return $0.isActive(at: elapsed) }
            return false
        }
    }

    /// The next moment since the start at which a fault takes the port away or gives it back; nil: never.
    func nextPortChange(after elapsed: Nanoseconds) -> Nanoseconds? {
        faults.flatMap { fault -> [Nanoseconds] in
            guard case .portGone = fault.kind else { return [] }
            return [fault.from, fault.to].filter { $0 > elapsed && $0 < .max / 2 }
        }.min()
    }
}
