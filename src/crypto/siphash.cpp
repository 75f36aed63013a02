// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/siphash.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace kepeng::crypto {
namespace {

struct Lanes {
  std::uint64_t v0, v1, v2, v3;

  explicit Lanes(SipHashKey key)
      : v0{0x736f6d6570736575 ^ key.k0},
        v1{0x646f72616e646f6d ^ key.k1},
        v2{0x6c7967656e657261 ^ key.k0},
        v3{0x7465646279746573 ^ key.k1} {}
  explicit Lanes(const std::uint64_t* v) : v0{v[0]}, v1{v[1]}, v2{v[2]}, v3{v[3]} {}

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t end() {
    v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// The last word: the remaining bytes, with the low byte of the length on top.
constexpr std::uint64_t last_word(std::uint64_t pending, std::uint64_t length) {
  return pending | (length << 56);
}

void take_hash(Lanes& lanes, const Hash32& hash) {
  for (std::size_t at = 0; at < hash.size(); at += 8) lanes.take(load_le<std::uint64_t>(hash.data() + at));
}

}  // namespace

SipHash24::SipHash24(SipHashKey key) {
  const Lanes lanes{key};
  v_[0] = lanes.v0, v_[1] = lanes.v1, v_[2] = lanes.v2, v_[3] = lanes.v3;
}

SipHash24& SipHash24::write(ByteView bytes) {
  Lanes lanes{v_};
  while (!bytes.empty()) {
    const std::size_t filled = length_ % 8;
    const std::size_t taken = std::min<std::size_t>(8 - filled, bytes.size());
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), taken);
    pending_ |= word << (8 * filled);
    length_ += taken;
    bytes = bytes.subspan(taken);
    if (filled + taken < 8) break;
    lanes.take(pending_);
    pending_ = 0;
  }
  v_[0] = lanes.v0, v_[1] = lanes.v1, v_[2] = lanes.v2, v_[3] = lanes.v3;
  return *this;
}

std::uint64_t SipHash24::finalize() const {
  Lanes lanes{v_};
  lanes.take(last_word(pending_, length_));
  return lanes.end();
}

std::uint64_t siphash24(SipHashKey key, ByteView bytes) {
  return SipHash24{key}.write(bytes).finalize();
}

std::uint64_t siphash24_hash(SipHashKey key, const Hash32& hash) {
  Lanes lanes{key};
  take_hash(lanes, hash);
  lanes.take(last_word(0, 32));
  return lanes.end();
}

std::uint64_t siphash24_outpoint(SipHashKey key, const Hash32& txid, std::uint32_t index) {
  Lanes lanes{key};
  take_hash(lanes, txid);
  lanes.take(last_word(index, 36));
  return lanes.end();
}

}  // namespace kepeng::crypto
