// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SHA-256: streaming, in one call, tagged (BIP340), and in batches that fill all lanes of the processor.
//
// The kernel (plain C++, SHA extensions, AVX2, AVX-512) is chosen once per process from what the processor offers;
// sha256_kernels.h runs a chosen one. All kernels give the same bytes. Nothing here allocates or fails.
// Functions are pure; a hasher is a value that one thread uses at a time and that is cheap to copy (a midstate).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <kepeng/base/bytes.h>
#include <kepeng/crypto/hash_types.h>

namespace kepeng::crypto {

class Sha256 {
 public:
  Sha256() { reset(); }

  Sha256& write(ByteView bytes);

  // The digest of everything written. The hasher is spent afterwards: reset it or let it go.
  Hash32 finalize();
  // SHA-256 of that digest (the double hash of Bitcoin).
  Hash32 finalize_double();

  Sha256& reset();
  std::uint64_t bytes_written() const { return length_; }

 private:
  std::array<std::uint32_t, 8> state_;
  std::uint64_t length_;
  std::array<std::uint8_t, 64> buffer_;
};

Hash32 sha256(ByteView bytes);
Hash32 sha256d(ByteView bytes);

// BIP340 tagged hash: SHA-256 of (SHA-256(tag) twice, message). Holds the state after the tag: make one per tag, keep
// it, and start each message from it.
class TaggedHasher {
 public:
  explicit TaggedHasher(std::string_view tag);

  Sha256 start() const { return after_tag_; }
  Hash32 hash(ByteView message) const { return start().write(message).finalize(); }

 private:
  Sha256 after_tag_;
};

// A hasher that has already taken in the tag, for tags that are used once.
Sha256 tagged_hash(std::string_view tag);
Hash32 tagged_hash(std::string_view tag, ByteView message);

// Double SHA-256 of `count` consecutive 64-byte blocks at `in` to `count` consecutive 32-byte digests at `out`.
// `out` may be `in` (a merkle level computed in place); any other overlap is our mistake.
void sha256d64(std::uint8_t* out, const std::uint8_t* in, std::size_t count);

// A message in up to three pieces, for example a txid: version, body without witness, lock time.
struct SegmentedMessage {
  std::array<ByteView, 3> segments;
};

// out[i] = double SHA-256 of messages[i]. Lanes take the next message as they finish, so lengths may differ freely;
// the best order of input is as it comes.
void sha256d_batch(std::span<const SegmentedMessage> messages, Hash32* out);

}  // namespace kepeng::crypto
