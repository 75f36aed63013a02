// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Message: any message of the peer-to-peer protocol, and the table that says how each is read and written.
//
// `decode` gives a structurally valid object or the reason why there is none; whether it makes sense is for others to
// say. Counts are bounded by the protocol and by the bytes that are present before memory is reserved, so a message
// takes at most about 20 times the memory of its payload. Bytes that follow a message are ignored, because a later
// version may have added them, except behind blocks and transactions. Pure functions, thread-safe.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include <kepeng/base/result.h>
#include <kepeng/wire/addresses.h>
#include <kepeng/wire/blocks.h>
#include <kepeng/wire/compact_blocks.h>
#include <kepeng/wire/error.h>
#include <kepeng/wire/filters.h>
#include <kepeng/wire/handshake.h>
#include <kepeng/wire/headers.h>
#include <kepeng/wire/inventory.h>
#include <kepeng/wire/liveness.h>
#include <kepeng/wire/transactions.h>

namespace kepeng::wire {

// In the order of the table.
using Message =
    std::variant<Version, Verack, WtxidRelay, SendAddrV2, SendTxRcncl, Feature, Ping, Pong, GetAddr, Addr, AddrV2, Inv,
                 GetData, NotFound, GetBlocks, GetHeaders, Headers, SendHeaders, BlockMessage, MerkleBlock, SendCmpct,
                 CmpctBlock, GetBlockTxn, BlockTxn, TxMessage, Mempool, FeeFilter, FilterLoad, FilterAdd, FilterClear,
                 GetCFilters, CFilter, GetCFHeaders, CFHeaders, GetCFCheckpt, CFCheckpt, Reject, Alert>;

struct MessageRow {
  std::string_view name;  // at most 12 characters
  std::size_t payload_bytes_max;
  Result<Message, WireError> (*decode)(Bytes payload);
  void (*append)(Bytes& to, const Message& message);
};

// One row for each alternative of Message, in its order.
std::span<const MessageRow> message_table();
// Null for names that nobody knows.
const MessageRow* find_message(std::string_view name);
inline const MessageRow& row_of(const Message& message) {
  return message_table()[message.index()];
}
inline std::string_view name_of(const Message& message) {
  return row_of(message).name;
}

Result<Message, WireError> decode(std::string_view name, Bytes payload);
// The payload.
Bytes encode(const Message& message);

}  // namespace kepeng::wire
