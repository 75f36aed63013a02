// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/primitives/block_filter.h>

#include <algorithm>
#include <vector>

#include <kepeng/base/uint128.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/crypto/siphash.h>

#include "golomb_rice.h"

namespace kepeng {
namespace {

using Wide = Uint128;
using Elements = std::vector<std::uint64_t>;

constexpr std::uint8_t kOpReturn = 0x6a;

// Scripts become numbers below size * M, by a multiplication where a division would give the same spread.
class ScriptHasher {
 public:
  ScriptHasher(const BlockHash& block, std::uint64_t size)
      : key_{load_le<std::uint64_t>(block.bytes.data()), load_le<std::uint64_t>(block.bytes.data() + 8)},
        range_{size * kFilterFalsePositiveRate} {}

  std::uint64_t operator()(ByteView script) const {
    return static_cast<std::uint64_t>((Wide{crypto::siphash24(key_, script)} * range_) >> 64);
  }
  Elements sorted(std::span<const ByteView> scripts) const {
    Elements hashes(scripts.size());
    std::transform(scripts.begin(), scripts.end(), hashes.begin(), *this);
    std::sort(hashes.begin(), hashes.end());
    return hashes;
  }

 private:
  crypto::SipHashKey key_;
  std::uint64_t range_;
};

// The elements of the basic filter: each script once.
std::vector<ByteView> basic_elements(const Block& block, std::span<const ByteView> spent_scripts) {
  std::vector<ByteView> scripts;
  scripts.reserve(block.outputs().size() + spent_scripts.size());
  for (const TxOut& output : block.outputs()) {
    if (!output.script_pubkey.empty() && output.script_pubkey[0] != kOpReturn) scripts.push_back(output.script_pubkey);
  }
  std::copy_if(spent_scripts.begin(), spent_scripts.end(), std::back_inserter(scripts),
               [](ByteView script) { return !script.empty(); });
  const auto same = [](ByteView a, ByteView b) { return equal(a, b); };
  std::sort(scripts.begin(), scripts.end(), [](ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  });
  scripts.erase(std::unique(scripts.begin(), scripts.end(), same), scripts.end());
  return scripts;
}

// What follows the number of elements.
ByteView coded_set(ByteView encoded, std::uint32_t size) {
  return encoded.subspan(compact_size_length(size));
}

// An element takes one bit of quotient and the remainder at least.
bool has_room_for(std::uint64_t size, std::uint64_t bytes) {
  return size <= bytes * 8 / (1 + kFilterRemainderBits);
}

}  // namespace

BlockFilter BlockFilter::basic(const Block& block, std::span<const ByteView> spent_scripts) {
  const std::vector<ByteView> scripts = basic_elements(block, spent_scripts);
  Bytes encoded;
  append_compact_size(encoded, scripts.size());
  GolombRiceWriter writer{encoded, kFilterRemainderBits};
  std::uint64_t last = 0;
  for (const std::uint64_t element : ScriptHasher{block.hash(), scripts.size()}.sorted(scripts)) {
    writer.write(element - last);
    last = element;
  }
  return BlockFilter{std::move(encoded), block.hash(), static_cast<std::uint32_t>(scripts.size())};
}

Result<BlockFilter, DecodeError> BlockFilter::decode(Bytes encoded, const BlockHash& block) {
  Cursor cursor{encoded};
  const std::uint64_t size = cursor.read_size();
  if (!cursor.ok()) return Err{cursor.error()};
  if (!has_room_for(size, cursor.remaining())) return Err{DecodeError::Truncated};
  GolombRiceReader reader{cursor.read_bytes(cursor.remaining()), kFilterRemainderBits};
  for (std::uint64_t left = size; left > 0 && reader.ok(); --left) reader.read();
  if (!reader.ok()) return Err{DecodeError::Truncated};
  if (!reader.at_padding()) return Err{DecodeError::TrailingBytes};
  return BlockFilter{std::move(encoded), block, static_cast<std::uint32_t>(size)};
}

bool BlockFilter::matches_any(std::span<const ByteView> scripts) const {
  const Elements wanted = ScriptHasher{block_, size_}.sorted(scripts);
  GolombRiceReader reader{coded_set(encoded_, size_), kFilterRemainderBits};
  auto next = wanted.begin();
  std::uint64_t element = 0;
  for (std::uint32_t left = size_; left > 0; --left) {
    element += reader.read();
    next = std::find_if(next, wanted.end(), [&](std::uint64_t hash) { return hash >= element; });
    if (next == wanted.end()) return false;
    if (*next == element) return true;
  }
  return false;
}

FilterHash BlockFilter::hash() const {
  return {crypto::sha256d(encoded_)};
}

FilterHeader BlockFilter::header(const FilterHeader& previous) const {
  return filter_header(hash(), previous);
}

FilterHeader filter_header(const FilterHash& filter, const FilterHeader& previous) {
  return {crypto::Sha256{}.write(filter.view()).write(previous.view()).finalize_double()};
}

}  // namespace kepeng
