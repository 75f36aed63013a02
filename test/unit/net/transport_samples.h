// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Transports for tests: how to feed one, and identities that a seed makes.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <kepeng/base/random.h>
#include <kepeng/net/transport_v2.h>

namespace kepeng::net::test {

inline constexpr NetworkMagic kMagic{0xfa, 0xbf, 0xb5, 0xda};

inline MessageName name(std::string_view text) {
  return *MessageName::from_text(text);
}

// What came out of a transport.
struct Heard {
  std::vector<Frame> frames;
  std::vector<Dropped> dropped;
  std::optional<TransportError> error;

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Frame& frame : frames) names.emplace_back(frame.name.text());
    return names;
  }
};

// Gives it one piece.
inline void feed(Transport& transport, ByteView bytes, Heard& heard) {
  while (!bytes.empty() && !heard.error) {
    auto received = transport.receive(bytes);
    if (!received) {
      heard.error = received.error();
    } else if (auto* frame = std::get_if<Frame>(&*received)) {
      heard.frames.push_back(std::move(*frame));
    } else if (const auto* dropped = std::get_if<Dropped>(&*received)) {
      heard.dropped.push_back(*dropped);
    } else {
      EXPECT_TRUE(bytes.empty());
    }
  }
}

inline Heard feed_all(Transport& transport, ByteView bytes) {
  Heard heard;
  feed(transport, bytes, heard);
  return heard;
}

// In pieces of 1 to `most` bytes.
inline void feed_in_pieces(Transport& transport, ByteView bytes, std::size_t most, Prng& random, Heard& heard) {
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), 1 + random.below(most));
    feed(transport, bytes.first(count), heard);
    bytes = bytes.subspan(count);
  }
}

inline const crypto::Signer& signer() {
  static const crypto::Signer one{crypto::Hash32{1, 2, 3}};
  return one;
}

inline V2Identity identity(Prng& random, std::size_t garbage_bytes) {
  crypto::Hash32 secret, randomness;
  random.fill(secret);
  random.fill(randomness);
  const auto key = *crypto::PrivateKey::from_bytes(secret);
  Bytes garbage(garbage_bytes);
  random.fill(garbage);
  return {key, crypto::ellswift_create(signer(), key, randomness), std::move(garbage), {}};
}

inline TransportV2 transport_v2(crypto::V2Role role, V2Identity who, const NetworkMagic& magic = kMagic) {
  return TransportV2{{signer(), magic, role}, std::move(who)};
}

}  // namespace kepeng::net::test
