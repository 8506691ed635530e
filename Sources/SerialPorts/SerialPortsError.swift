internal import CSerialPort
internal import Glibc

/// Why libserialport tells nothing of a port.
package struct SerialPortsError: Error, CustomStringConvertible {
    package let description: String

    init(_ result: sp_return, _ path: String) {
        switch result {
        // ENOENT in its words; a pseudo terminal gives it too.
        case SP_ERR_ARG: description = "\(path) is no serial port of this machine"
        case SP_ERR_MEM: description = "\(path): out of memory"
        case SP_ERR_SUPP: description = "\(path): libserialport was built without this"
        default: description = "\(path): \(String(cString: strerror(errno)))"
        }
    }
}
