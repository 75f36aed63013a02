// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include <kepeng/base/assert.h>
#include <kepeng/wire/message.h>

#include "codec.h"

namespace kepeng::wire {
namespace {

template <class M>
Result<Message, WireError> decode_as(Bytes payload) {
  Reader reader{payload};
  M message;
  read(reader, message);
  if (!reader.ok()) return Err{reader.error()};
  return Message{std::move(message)};
}

template <class M>
void append_as(Bytes& to, const Message& message) {
  write(to, *std::get_if<M>(&message));
}

template <class M>
constexpr MessageRow small(std::string_view name) {
  return {name, kSmallPayloadBytesMax, &decode_as<M>, &append_as<M>};
}
template <class M>
constexpr MessageRow large(std::string_view name) {
  return {name, kPayloadBytesMax, &decode_as<M>, &append_as<M>};
}

constexpr std::array kMessages{
    small<Version>("version"),
    small<Verack>("verack"),
    small<WtxidRelay>("wtxidrelay"),
    small<SendAddrV2>("sendaddrv2"),
    small<SendTxRcncl>("sendtxrcncl"),
    small<Feature>("feature"),
    small<Ping>("ping"),
    small<Pong>("pong"),
    small<GetAddr>("getaddr"),
    large<Addr>("addr"),
    large<AddrV2>("addrv2"),
    large<Inv>("inv"),
    large<GetData>("getdata"),
    large<NotFound>("notfound"),
    large<GetBlocks>("getblocks"),
    large<GetHeaders>("getheaders"),
    large<Headers>("headers"),
    small<SendHeaders>("sendheaders"),
    MessageRow{"block", kPayloadBytesMax, &decode_block, &append_as<BlockMessage>},
    large<MerkleBlock>("merkleblock"),
    small<SendCmpct>("sendcmpct"),
    large<CmpctBlock>("cmpctblock"),
    large<GetBlockTxn>("getblocktxn"),
    large<BlockTxn>("blocktxn"),
    MessageRow{"tx", kPayloadBytesMax, &decode_transaction, &append_as<TxMessage>},
    small<Mempool>("mempool"),
    small<FeeFilter>("feefilter"),
    large<FilterLoad>("filterload"),
    large<FilterAdd>("filteradd"),
    small<FilterClear>("filterclear"),
    small<GetCFilters>("getcfilters"),
    large<CFilter>("cfilter"),
    small<GetCFHeaders>("getcfheaders"),
    large<CFHeaders>("cfheaders"),
    small<GetCFCheckpt>("getcfcheckpt"),
    large<CFCheckpt>("cfcheckpt"),
    small<Reject>("reject"),
    small<Alert>("alert"),
};
static_assert(kMessages.size() == std::variant_size_v<Message>);

struct ErrorName {
  WireError error;
  const char* text;
};
constexpr std::array kErrorNames{
    ErrorName{WireError::UnknownMessage, "unknown message"},
    ErrorName{WireError::PayloadTooLong, "payload longer than its message may be"},
    ErrorName{WireError::Truncated, "ends too early"},
    ErrorName{WireError::NonCanonicalSize, "length not in its shortest form"},
    ErrorName{WireError::SizeTooLarge, "length too large"},
    ErrorName{WireError::SuperfluousWitness, "witness form without witness"},
    ErrorName{WireError::UnknownOptionalData, "unknown optional data in a transaction"},
    ErrorName{WireError::TrailingBytes, "bytes after the end"},
    ErrorName{WireError::WrongAddressLength, "address length wrong for its network"},
    ErrorName{WireError::AddressTooLong, "address too long"},
    ErrorName{WireError::TooManyEntries, "too many entries"},
    ErrorName{WireError::UserAgentTooLong, "user agent too long"},
    ErrorName{WireError::IndexOverflow, "transaction index overflows 16 bits"},
    ErrorName{WireError::BloomFilterTooLarge, "bloom filter too large"},
    ErrorName{WireError::TooManyBloomFunctions, "too many bloom filter functions"},
    ErrorName{WireError::BloomElementTooLarge, "bloom filter element too large"},
    ErrorName{WireError::BadAnnounceMode, "announce mode is neither 0 nor 1"},
    ErrorName{WireError::BadFeature, "malformed feature"},
    ErrorName{WireError::TextTooLong, "text too long"},
};

constexpr bool names_are_in_order() {
  for (std::size_t i = 0; i < kErrorNames.size(); ++i) {
    if (kErrorNames[i].error != static_cast<WireError>(i)) return false;
  }
  return kErrorNames.size() == static_cast<std::size_t>(WireError::TextTooLong) + 1;
}
static_assert(names_are_in_order());

}  // namespace

std::span<const MessageRow> message_table() {
  return kMessages;
}

const MessageRow* find_message(std::string_view name) {
  const auto found = std::find_if(kMessages.begin(), kMessages.end(), [&](const auto& row) { return row.name == name; });
  return found == kMessages.end() ? nullptr : &*found;
}

Result<Message, WireError> decode(std::string_view name, Bytes payload) {
  const MessageRow* row = find_message(name);
  if (row == nullptr) return Err{WireError::UnknownMessage};
  if (payload.size() > row->payload_bytes_max) return Err{WireError::PayloadTooLong};
  auto message = row->decode(std::move(payload));
  KP_ASSERT(!message || &row_of(*message) == row);
  return message;
}

Bytes encode(const Message& message) {
  Bytes payload;
  row_of(message).append(payload, message);
  return payload;
}

const char* to_string(WireError error) {
  return kErrorNames[static_cast<std::size_t>(error)].text;
}

WireError from(DecodeError error) {
  switch (error) {
    case DecodeError::Truncated:
      return WireError::Truncated;
    case DecodeError::NonCanonicalSize:
      return WireError::NonCanonicalSize;
    case DecodeError::SizeTooLarge:
      return WireError::SizeTooLarge;
    case DecodeError::SuperfluousWitness:
      return WireError::SuperfluousWitness;
    case DecodeError::UnknownOptionalData:
      return WireError::UnknownOptionalData;
    case DecodeError::TrailingBytes:
      return WireError::TrailingBytes;
  }
  return WireError::Truncated;
}

}  // namespace kepeng::wire
