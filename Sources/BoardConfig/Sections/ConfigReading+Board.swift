internal import GatewayModel

/// What the rest of the config needs of the board.
struct BoardParts {
    var description: BoardDescription
    /// Port names and device paths, in the order of the file.
    var ports: [(name: String, path: String)] = []
    var lines: [BoardLine] = []
    /// false: the board could not be read, so its port names are unknown.
    var isKnown = true
}

extension ConfigReading {
    func readBoard(_ root: MappingReader) -> BoardParts {
        let unknown = BoardParts(description: BoardDescription(name: Defaults.board), isKnown: false)
        guard let node = root.node("board") else {
            return BoardParts(description: BoardDescription(name: Defaults.board))
        }
        if case .mapping = node.content {
            return BoardFile.read(node, context) ?? unknown
        }
        guard let name = context.identifier(node, "board", .library) else { return unknown }
        switch library.find(name, .boards) {
        case .success(let path): return BoardFile.load(path, context.log) ?? unknown
        case .failure(let missing):
            context.error(node.position, "board: \(missing.message)")
            return unknown
        }
    }
}
