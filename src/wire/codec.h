// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How the families of messages are read and written: a cursor that also knows the protocol's limits, and one pair of
// functions `read` and `write` for each message. Private to wire.
//
// `read` leaves its failure in the reader and need not stop at it: after a failure everything reads as zero and counts
// are zero. `write` appends the payload.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kepeng/wire/limits.h>
#include <kepeng/wire/message.h>

namespace kepeng::wire {

class Reader : public Cursor {
 public:
  using Cursor::Cursor;

  void reject(WireError error) {
    if (!ok()) return;
    rejected_ = error;
    fail(DecodeError::Truncated);
  }
  WireError error() const { return rejected_ ? *rejected_ : from(Cursor::error()); }

  // How many items follow, each of at least `item_bytes`: no more than the protocol allows, and no more than fit into
  // the bytes that are there. Memory for that many may be reserved.
  std::size_t count(std::uint64_t most, std::size_t item_bytes, WireError too_many = WireError::TooManyEntries) {
    const std::uint64_t items = read_size();
    if (items > most) reject(too_many);
    if (items > remaining() / item_bytes) fail(DecodeError::Truncated);
    return ok() ? static_cast<std::size_t>(items) : 0;
  }
  ByteView limited_bytes(std::uint64_t most, WireError too_long) { return read_bytes(count(most, 1, too_long)); }
  std::string limited_text(std::uint64_t most, WireError too_long) {
    return std::string{as_text(limited_bytes(most, too_long))};
  }
  template <class H>
  void read_hash(H& hash) {
    const ByteView bytes = read_bytes(hash.bytes.size());
    if (ok()) hash = H::from_bytes(bytes.data());
  }
  template <class H>
  void read_hashes(std::vector<H>& hashes, std::uint64_t most) {
    hashes.resize(count(most, 32));
    for (H& hash : hashes) read_hash(hash);
  }
  BlockHeader read_header() {
    const ByteView bytes = read_bytes(BlockHeader::kSize);
    return ok() ? BlockHeader::decode(bytes.data()) : BlockHeader{};
  }

 private:
  std::optional<WireError> rejected_;
};

inline Bytes to_owned(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

template <class H>
void append_hashes(Bytes& to, const std::vector<H>& hashes) {
  append_compact_size(to, hashes.size());
  for (const H& hash : hashes) append(to, hash.view());
}

#define KEPENG_WIRE_CODEC(Type)      \
  void read(Reader& from, Type& to); \
  void write(Bytes& to, const Type& message)
KEPENG_WIRE_CODEC(Version);
KEPENG_WIRE_CODEC(SendTxRcncl);
KEPENG_WIRE_CODEC(Feature);
KEPENG_WIRE_CODEC(Ping);
KEPENG_WIRE_CODEC(Pong);
KEPENG_WIRE_CODEC(Addr);
KEPENG_WIRE_CODEC(AddrV2);
KEPENG_WIRE_CODEC(Inv);
KEPENG_WIRE_CODEC(GetData);
KEPENG_WIRE_CODEC(NotFound);
KEPENG_WIRE_CODEC(GetBlocks);
KEPENG_WIRE_CODEC(GetHeaders);
KEPENG_WIRE_CODEC(Headers);
KEPENG_WIRE_CODEC(MerkleBlock);
KEPENG_WIRE_CODEC(SendCmpct);
KEPENG_WIRE_CODEC(CmpctBlock);
KEPENG_WIRE_CODEC(GetBlockTxn);
KEPENG_WIRE_CODEC(BlockTxn);
KEPENG_WIRE_CODEC(FeeFilter);
KEPENG_WIRE_CODEC(FilterLoad);
KEPENG_WIRE_CODEC(FilterAdd);
KEPENG_WIRE_CODEC(GetCFilters);
KEPENG_WIRE_CODEC(CFilter);
KEPENG_WIRE_CODEC(GetCFHeaders);
KEPENG_WIRE_CODEC(CFHeaders);
KEPENG_WIRE_CODEC(GetCFCheckpt);
KEPENG_WIRE_CODEC(CFCheckpt);
KEPENG_WIRE_CODEC(Reject);
KEPENG_WIRE_CODEC(Alert);
#undef KEPENG_WIRE_CODEC

// Those whose payload becomes the object itself.
Result<Message, WireError> decode_block(Bytes payload);
Result<Message, WireError> decode_transaction(Bytes payload);
void write(Bytes& to, const BlockMessage& message);
void write(Bytes& to, const TxMessage& message);

// Messages that consist of their name.
template <class M>
requires std::is_empty_v<M>
void read(Reader&, M&) {}
template <class M>
requires std::is_empty_v<M>
void write(Bytes&, const M&) {}

}  // namespace kepeng::wire
