/// Guesses the next time of a list: the first like the first of the list before, the others one step on.
///
/// The step is carried over from list to list: buses are polled at even pace, so that it is nearly right everywhere.
struct TimePredictor {
    private var first: Int64 = 0
    private var last: Int64 = 0
    private var step: Int64 = 0
    private var atStart = true

    var prediction: Int64 { atStart ? first : last &+ step }

    mutating func beginVector() { atStart = true }

    mutating func advance(to time: Int64) {
        if atStart {
            first = time
            atStart = false
        } else {
            step = time &- last
        }
        last = time
    }
}
