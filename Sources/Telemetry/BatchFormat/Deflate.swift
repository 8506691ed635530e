internal import CZlib

/// Raw deflate (RFC 1951) through zlib.
enum Deflate {
    /// Compresses at level 9; a new block begins at each of `cuts`, so that each plane gets its own code.
    /// nil: zlib failed for want of memory.
    static func compress(_ bytes: [UInt8], cuts: [Int]) -> [UInt8]? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 9, Z_DEFLATED, -15, 8, Z_FILTERED, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let capacity = Int(deflateBound(&stream, uLong(bytes.count))) + 16 * (cuts.count + 1)
        var complete = false
        let out = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.next_out = buffer.baseAddress
                stream.avail_out = uInt(capacity)
                var from = 0
                for to in cuts where to > from && to < bytes.count {
                    stream.avail_in = uInt(to - from)
                    guard deflate(&stream, Z_BLOCK) == Z_OK, stream.avail_in == 0 else { return }
                    from = to
                }
                stream.avail_in = uInt(bytes.count - from)
                complete = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = capacity - Int(stream.avail_out)
        }
        return complete ? out : nil
    }

    /// Expands to exactly `size` bytes.
    static func expand(_ bytes: ArraySlice<UInt8>, size: Int) throws(BatchFormatError) -> [UInt8] {
        // Deflate cannot do better than 1032 to 1: a larger claim is a lie, and would only cost memory.
        guard Int64(size) <= 1032 * Int64(bytes.count) + 64 else { throw BatchFormatError("claims to expand too far") }
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw BatchFormatError("no memory to expand")
        }
        defer { inflateEnd(&stream) }
        var status = Z_OK
        // One byte more than claimed: a stream that goes on is seen.
        let out = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = uInt(input.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = uInt(size + 1)
                status = inflate(&stream, Z_FINISH)
            }
            count = size + 1 - Int(stream.avail_out)
        }
        guard status == Z_STREAM_END, stream.avail_in == 0, out.count == size else {
            throw BatchFormatError("does not expand to the size claimed")
        }
        return out
    }
}
