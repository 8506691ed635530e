internal import GatewayModel

/// The topics of one gateway at one receiver.
struct Topics {
    let meta: String
    let batch: String
    let alarm: String
    let status: String
    let acknowledgement: String

    init(prefix: String, gatewayID: String) {
        let root = "\(prefix)/\(gatewayID)"
        meta = "\(root)/meta"
        batch = "\(root)/batch"
        alarm = "\(root)/alarm"
        status = "\(root)/status"
        acknowledgement = "\(root)/ack"
    }

    func dictionary(_ id: DictionaryID) -> String { "\(meta)/\(id.hexadecimal)" }
}
