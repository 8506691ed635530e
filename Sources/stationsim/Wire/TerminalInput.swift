import SerialLine

extension AskedSettings {
    /// What Linux hands to the program for a received character: drivers/tty/serial/8250 (which errors are reported) and
    /// n_tty.c (what becomes of them).
    func bytes(for character: UART.Character) -> [UInt8] {
        if character.isBreak {
            if dropsBreaks { return [] }
            return marksErrors ? [0xFF, 0, 0] : [0]
        }
        guard checksInput, !character.isGood else { return [character.byte] }
        if dropsErrors { return [] }
        return marksErrors ? [0xFF, 0, character.byte] : [0]
    }
}
