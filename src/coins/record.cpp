// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "record.h"

namespace kepeng::coins {
namespace {

// Base-128, least significant group first.
std::uint8_t* put(std::uint8_t* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

const std::uint8_t* get(const std::uint8_t* at, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = *at++;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return at;
  }
}

const std::uint8_t* skip(const std::uint8_t* at) {
  while (*at++ >= 0x80) {
  }
  return at;
}

// A script form: bytes before and after a payload of fixed length.
struct ScriptForm {
  std::uint8_t prefix_length;
  std::uint8_t prefix[3];
  std::uint8_t payload;
  std::uint8_t suffix_length;
  std::uint8_t suffix[2];

  std::size_t length() const { return std::size_t{prefix_length} + payload + suffix_length; }
  bool fits(ByteView script) const {
    return script.size() == length() && std::memcmp(script.data(), prefix, prefix_length) == 0 &&
           std::memcmp(script.data() + prefix_length + payload, suffix, suffix_length) == 0;
  }
};

constexpr ScriptForm kForms[] = {
    {3, {0x76, 0xa9, 0x14}, 20, 2, {0x88, 0xac}},  // pay to public key hash
    {2, {0xa9, 0x14}, 20, 1, {0x87}},              // pay to script hash
    {2, {0x00, 0x14}, 20, 0, {}},                  // witness version 0, key hash
    {2, {0x00, 0x20}, 32, 0, {}},                  // witness version 0, script hash
    {2, {0x51, 0x20}, 32, 0, {}},                  // taproot
};
constexpr std::uint64_t kFormCount = std::size(kForms);
constexpr std::size_t kTxidOffset = 1;
constexpr std::size_t kIndexOffset = 33;

std::uint8_t* put_script(std::uint8_t* to, ByteView script) {
  for (std::uint64_t tag = 0; tag < kFormCount; ++tag) {
    const ScriptForm& form = kForms[tag];
    if (!form.fits(script)) continue;
    to = put(to, tag);
    std::memcpy(to, script.data() + form.prefix_length, form.payload);
    return to + form.payload;
  }
  to = put(to, script.size() + kFormCount);
  if (!script.empty()) std::memcpy(to, script.data(), script.size());
  return to + script.size();
}

}  // namespace

bool record_is(const std::uint8_t* record, const OutPoint& outpoint) {
  if (std::memcmp(record + kTxidOffset, outpoint.txid.bytes.data(), 32) != 0) return false;
  std::uint64_t index = 0;
  get(record + kIndexOffset, index);
  return index == outpoint.index;
}

std::size_t record_size(const std::uint8_t* record) {
  const std::uint8_t* at = skip(skip(skip(record + kIndexOffset)));
  std::uint64_t tag = 0;
  at = get(at, tag);
  at += tag < kFormCount ? kForms[tag].payload : tag - kFormCount;
  return static_cast<std::size_t>(at - record);
}

OutPoint record_outpoint(const std::uint8_t* record) {
  std::uint64_t index = 0;
  get(record + kIndexOffset, index);
  return {Txid::from_bytes(record + kTxidOffset), static_cast<std::uint32_t>(index)};
}

const std::uint8_t* read_amount(const std::uint8_t* record, consensus::Coin& coin) {
  std::uint64_t height = 0;
  std::uint64_t amount = 0;
  const std::uint8_t* at = get(get(skip(record + kIndexOffset), height), amount);
  coin.height = static_cast<Height>(height >> 1);
  coin.is_coinbase = (height & 1) != 0;
  coin.output.value = storage::decompress_amount(amount);
  return at;
}

std::size_t script_length(const std::uint8_t* at) {
  std::uint64_t tag = 0;
  get(at, tag);
  return tag < kFormCount ? kForms[tag].length() : tag - kFormCount;
}

void write_script(const std::uint8_t* at, std::uint8_t* to) {
  std::uint64_t tag = 0;
  at = get(at, tag);
  if (tag >= kFormCount) {
    if (tag > kFormCount) std::memcpy(to, at, tag - kFormCount);
    return;
  }
  const ScriptForm& form = kForms[tag];
  std::memcpy(to, form.prefix, form.prefix_length);
  std::memcpy(to + form.prefix_length, at, form.payload);
  std::memcpy(to + form.prefix_length + form.payload, form.suffix, form.suffix_length);
}

std::size_t write_record(std::uint8_t* to, const OutPoint& outpoint, const storage::CoinView& coin, RecordState state) {
  std::uint8_t* at = to;
  *at++ = static_cast<std::uint8_t>(state);
  std::memcpy(at, outpoint.txid.bytes.data(), 32);
  at = put(at + 32, outpoint.index);
  at = put(at, static_cast<std::uint64_t>(coin.height) * 2 + (coin.is_coinbase ? 1 : 0));
  at = put(at, storage::compress_amount(coin.value));
  at = put_script(at, coin.script_pubkey);
  return static_cast<std::size_t>(at - to);
}

}  // namespace kepeng::coins
