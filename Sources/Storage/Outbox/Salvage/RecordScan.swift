internal import GatewayModel
internal import Telemetry

/// Finds the records that matter in page images, by the first bytes of their blobs: no tree is walked, so damage to one
/// page costs what lies on that page.
///
/// Bytes that are found prove themselves: a batch by its CRC-32 and length, a dictionary by its hash.
struct RecordScan {
    let pages: PageFile

    private static let batchStart = Array("DGB1".utf8)
    private static let dictionaryStart = Array(#"{"version":1"#.utf8)
    /// Blobs longer than this are not ours.
    private static let longest = 1 << 20

    func batches(in image: [UInt8]) -> [StoredBatch] {
        places(of: Self.batchStart, in: image).compactMap { place in
            for (header, length) in batchLengths(at: place, in: image) {
                for version in PageFile.Version.allCases {
                    let bytes = payload(
                        from: place - header, of: image, count: header + length, skipping: header, version)
                    guard let bytes, let envelope = try? BatchEnvelope.decode(bytes) else { continue }
                    return StoredBatch(key: envelope.key, dictionary: envelope.batch.dictionary, bytes: bytes)
                }
            }
            return nil
        }
    }

    func dictionaries(in image: [UInt8]) -> [(id: DictionaryID, json: [UInt8])] {
        places(of: Self.dictionaryStart, in: image).compactMap { place in
            for (header, length) in dictionaryLengths(at: place, in: image) {
                for version in PageFile.Version.allCases {
                    let json = payload(
                        from: place - header, of: image, count: header + length, skipping: header, version)
                    guard let json, let id = DictionaryID(bytes: Array(image[(place - header)..<place].suffix(8)))
                    else {
                        continue
                    }
                    // In `dictionaries` numbers stand between the id and the text: the hash tells the id anyway.
                    let hash = PointDictionary.id(of: json)
                    if hash == id || header > 16 { return (hash, json) }
                }
            }
            return nil
        }
    }

    // MARK: Lengths

    /// Record header and blob length, from the header before the blob (its size, NULL for the row id, the blob's serial
    /// type) or, where that is damaged, from the batch's own header.
    private func batchLengths(at place: Int, in image: [UInt8]) -> [(header: Int, length: Int)] {
        var found: [(header: Int, length: Int)] = []
        for bytes in 2...3 where place >= bytes + 2 {
            let header = bytes + 2
            guard image[place - header] == UInt8(header), image[place - header + 1] == 0,
                let length = blobLength(image[(place - bytes)..<place])
            else { continue }
            found.append((header, length))
        }
        if let length = BatchEnvelope.length(of: Array(image[place...].prefix(128))),
            length <= Self.longest
        {
            let header = 2 * length + 12 < 1 << 14 ? 4 : 5
            if place >= header, !found.contains(where: { $0 == (header, length) }) { found.append((header, length)) }
        }
        return found
    }

    /// `dictionaries` (id, first, last, json) and `foreign_dictionaries` (id, json). "Header" is all before the text.
    private func dictionaryLengths(at place: Int, in image: [UInt8]) -> [(header: Int, length: Int)] {
        var found: [(header: Int, length: Int)] = []
        let integers: [UInt8: Int] = [0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0]
        for bytes in 1...3 {
            // Without numbers: size, 28 (a blob of 8), the text's serial type.
            let short = place - 8 - bytes - 2
            if short >= 0, image[short] == UInt8(bytes + 2), image[short + 1] == 28,
                let length = blobLength(image[(short + 2)..<(short + 2 + bytes)])
            {
                found.append((place - short, length))
            }
            for (first, firstSize) in integers {
                for (last, lastSize) in integers {
                    let start = place - 8 - firstSize - lastSize - bytes - 4
                    guard start >= 0, image[start] == UInt8(bytes + 4), image[start + 1] == 28,
                        image[start + 2] == first, image[start + 3] == last,
                        let length = blobLength(image[(start + 4)..<(start + 4 + bytes)])
                    else { continue }
                    found.append((place - start, length))
                }
            }
        }
        return found
    }

    /// From a serial type, which is an even varint of 12 + 2 x length for blobs.
    private func blobLength(_ varint: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for (index, byte) in varint.enumerated() {
            guard (byte & 0x80 != 0) == (index < varint.count - 1) else { return nil }
            value = value << 7 | Int(byte & 0x7f)
        }
        guard value >= 12, value % 2 == 0, (value - 12) / 2 <= Self.longest else { return nil }
        return (value - 12) / 2
    }

    // MARK: Pages

    /// `count` bytes of a cell's payload that begins at `start` of `image` and goes on in overflow pages, without the
    /// first `skipping`; nil: a page is missing.
    func payload(
        from start: Int, of image: [UInt8], count: Int, skipping: Int, _ version: PageFile.Version,
        isIndex: Bool = false
    ) -> [UInt8]? {
        let local = Self.localBytes(of: count, isIndex: isIndex)
        guard start >= 0, local >= skipping, start + local + (local < count ? 4 : 0) <= image.count else { return nil }
        var bytes = Array(image[(start + skipping)..<(start + local)])
        guard local < count else { return bytes }
        bytes.reserveCapacity(count - skipping)
        var next = image.bigEndianWord(at: start + local)
        while bytes.count < count - skipping {
            guard let page = pages.page(next, version) else { return nil }
            bytes += page[4..<(4 + min(page.count - 4, count - skipping - bytes.count))]
            next = page.bigEndianWord(at: 0)
        }
        return bytes
    }

    /// How much of a cell's payload lies on the page itself (file format, section 1.6).
    private static func localBytes(of payload: Int, isIndex: Bool) -> Int {
        let usable = PageFile.pageSize
        let most = isIndex ? (usable - 12) * 64 / 255 - 23 : usable - 35
        guard payload > most else { return payload }
        let least = (usable - 12) * 32 / 255 - 23
        let wished = least + (payload - least) % (usable - 4)
        return wished <= most ? wished : least
    }

    private func places(of pattern: [UInt8], in image: [UInt8]) -> [Int] {
        guard let first = pattern.first, image.count >= pattern.count else { return [] }
        return image.withUnsafeBufferPointer { bytes in
            var places: [Int] = []
            for place in 0...(bytes.count - pattern.count) where bytes[place] == first {
                if pattern.indices.allSatisfy({ bytes[place + $0] == pattern[$0] }) { places.append(place) }
            }
            return places
        }
    }
}
