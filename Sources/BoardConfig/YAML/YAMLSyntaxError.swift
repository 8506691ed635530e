internal import CYAML
internal import GatewayModel

/// What libyaml says about a text that is not YAML, and what to do about it.
struct YAMLSyntaxError {
    let position: TextPosition
    let message: String

    init(_ parser: UnsafePointer<yaml_parser_t>) {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the text is not YAML"
        let context = parser.pointee.context.map { String(cString: $0) }
        if parser.pointee.error == YAML_READER_ERROR {
            // The reader gives no line. It has nothing to say after TextCheck, except without memory.
            position = TextPosition(parser.pointee.mark)
            message = "YAML: \(problem), expected text in UTF-8"
            return
        }
        if problem == "found unexpected end of stream", let context {
            // What was never closed is of more use than the end of the file.
            position = TextPosition(parser.pointee.context_mark)
            message = "YAML: \(problem) \(context), close what is opened here"
            return
        }
        position = TextPosition(parser.pointee.problem_mark)
        var text = "YAML: \(problem)"
        if let context {
            let place = TextPosition(parser.pointee.context_mark)
            text += " (\(context) from \(place.line):\(place.column))"
        }
        message = text + ", " + Self.advice(problem, context ?? "")
    }

    private static func advice(_ problem: String, _ context: String) -> String {
        switch problem {
        case "found character that cannot start any token":
            "indent with spaces, never with tabs, and quote text that begins with @ ` or %"
        case "found a tab character that violates indentation":
            "indent with spaces, never with tabs"
        case "mapping values are not allowed in this context":
            "indent the line as its neighbours, and quote text that has \": \" in it"
        case "could not find expected ':'":
            "write \"key: value\", with a space after the colon"
        case "did not find expected key", "did not find expected '-' indicator",
            "block sequence entries are not allowed in this context":
            "indent the line as its neighbours"
        case "did not find expected ',' or ']'":
            "put a comma between the values and close the list with ]"
        case "did not find expected ',' or '}'":
            "put a comma between the keys, quote text that has \": \" in it, and close the mapping with }"
        case "found unknown escape character", "did not find expected hexdecimal number":
            "write \\\\ for a backslash, or use single quotes"
        case "found duplicate %YAML directive", "found incompatible YAML document":
            "leave the % line out"
        default:
            context.contains(text: "scalar") ? "check the quotes" : "check indentation, brackets and quotes"
        }
    }
}

extension TextPosition {
    /// libyaml counts from 0, columns in characters.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}
