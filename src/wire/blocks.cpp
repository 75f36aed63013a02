// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/wire/blocks.h>

#include "codec.h"

namespace kepeng::wire {

Result<Message, WireError> decode_block(Bytes payload) {
  const std::size_t bytes = payload.size();
  auto block = parse_block(std::move(payload));
  if (!block) return Err{from(block.error())};
  if ((*block)->raw().size() != bytes) return Err{WireError::TrailingBytes};
  return Message{BlockMessage{std::move(*block)}};
}

void write(Bytes& to, const BlockMessage& message) {
  const Block& block = *message.block;
  if (message.form == WitnessForm::Allowed) return append(to, block.raw());
  to.reserve(to.size() + block.stripped_size());
  append(to, block.header().encode());
  append_compact_size(to, block.transactions().size());
  for (const Transaction& tx : block.transactions()) tx.append_stripped(to);
}

void read(Reader& from, MerkleBlock& to) {
  to.header = from.read_header();
  to.transactions = from.read_le<std::uint32_t>();
  from.read_hashes(to.hashes, kPayloadBytesMax);
  to.flags = to_owned(from.read_var_bytes());
}

void write(Bytes& to, const MerkleBlock& message) {
  append(to, message.header.encode());
  append_le(to, message.transactions);
  append_hashes(to, message.hashes);
  append_var_bytes(to, message.flags);
}

}  // namespace kepeng::wire
