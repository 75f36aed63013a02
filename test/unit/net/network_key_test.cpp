// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Closed networks: those who share a key talk, and nobody else learns anything (doc/network-key.md).
#include <kepeng/net/transport_v2.h>

#include "transport_samples.h"

namespace kepeng::net::test {
namespace {

using crypto::NetworkKey;
using crypto::V2Role;

const NetworkKey kKey{crypto::Hash32{1, 2, 3}};
const NetworkKey kOtherKey{crypto::Hash32{1, 2, 4}};

TransportV2 transport(V2Role role, const NetworkKey* key, Prng& random, std::size_t garbage_bytes = 100) {
  return TransportV2{{signer(), kMagic, role, key}, identity(random, garbage_bytes)};
}

struct Meeting {
  Heard heard[2];  // by the initiator, by the responder
  TransportKind kinds[2]{};
  std::size_t bytes[2]{};  // that each has sent
};

// Both say something as soon as they may, and what they send reaches the other cut anyhow.
Meeting meet(const NetworkKey* initiators, const NetworkKey* responders, std::uint64_t seed) {
  Prng random{seed};
  TransportV2 sides[2] = {transport(V2Role::Initiator, initiators, random),
                          transport(V2Role::Responder, responders, random)};
  Meeting met;
  bool has_spoken[2]{};
  for (int round = 0; round < 10; ++round) {
    for (int from = 0; from < 2; ++from) {
      if (sides[from].is_ready() && !std::exchange(has_spoken[from], true)) {
        sides[from].send(name("version"), Bytes(100, 7));
        for (int i = 0; i < 50; ++i) sides[from].send(name("ping"), Bytes(100, 8));
      }
      const Bytes output = sides[from].take_output();
      met.bytes[from] += output.size();
      feed_in_pieces(sides[1 - from], output, 200, random, met.heard[1 - from]);
    }
  }
  for (int side = 0; side < 2; ++side) met.kinds[side] = sides[side].kind();
  return met;
}

TEST(NetworkKey, SameKeyTalks) {
  const Meeting met = meet(&kKey, &kKey, 1);
  for (const int side : {0, 1}) {
    EXPECT_EQ(met.heard[side].frames.size(), 51u);
    EXPECT_FALSE(met.heard[side].error);
    EXPECT_EQ(met.kinds[side], TransportKind::V2);
  }
}

TEST(NetworkKey, AnybodyElseIsNeverHeard) {
  const std::pair<const NetworkKey*, const NetworkKey*> strangers[] = {
      {&kKey, &kOtherKey}, {&kKey, nullptr}, {nullptr, &kKey}};
  for (const auto& [initiators, responders] : strangers) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Meeting met = meet(initiators, responders, seed);
      for (const int side : {0, 1}) {
        EXPECT_TRUE(met.heard[side].frames.empty() && met.heard[side].dropped.empty());
        EXPECT_NE(met.kinds[side], TransportKind::V2);
        // As with any peer whose garbage never ends.
        EXPECT_EQ(met.heard[side].error, TransportError::GarbageTooLong);
      }
    }
  }
}

// A stranger sees the same as from a node of an open network: a key, garbage, a terminator, a packet, then nothing.
TEST(NetworkKey, WhatAStrangerSeesIsTheSame) {
  for (const NetworkKey* key : {&kKey, static_cast<const NetworkKey*>(nullptr)}) {
    Prng random{5};
    TransportV2 responder = transport(V2Role::Responder, key, random, 33);
    Bytes noise(64);
    random.fill(noise);
    EXPECT_FALSE(feed_all(responder, noise).error);
    EXPECT_EQ(responder.take_output().size(), 64u + 33 + 16 + crypto::V2Cipher::kExpansion);
    Bytes more(TransportV2::kGarbageBytesMax + 16);
    random.fill(more);
    EXPECT_FALSE(feed_all(responder, ByteView{more}.first(more.size() - 1)).error);
    EXPECT_EQ(feed_all(responder, ByteView{more}.last(1)).error, TransportError::GarbageTooLong);
    EXPECT_FALSE(responder.has_output());
  }
}

TEST(NetworkKey, Version1GetsNotOneByte) {
  TransportV1 old{kMagic};
  old.send(name("version"), Bytes(100));
  old.send(name("verack"), {});
  const Bytes stream = old.take_output();
  for (const std::size_t most : {1u, 7u, 1000u}) {
    Prng random{most};
    TransportV2 responder = transport(V2Role::Responder, &kKey, random);
    Heard heard;
    feed_in_pieces(responder, stream, most, random, heard);
    EXPECT_EQ(heard.error, TransportError::Unencrypted);
    EXPECT_TRUE(heard.frames.empty());
    EXPECT_FALSE(responder.has_output());
  }
}

TEST(NetworkKey, AnInitiatorNeverFallsBack) {
  Prng random{1};
  EXPECT_TRUE(transport(V2Role::Initiator, nullptr, random).may_speak_v1());
  EXPECT_FALSE(transport(V2Role::Initiator, &kKey, random).may_speak_v1());
}

// What was heard of one connection is of no use in another, even to a member's address.
TEST(NetworkKey, AReplayedHandshakeLeadsNowhere) {
  Prng random{9};
  TransportV2 member = transport(V2Role::Initiator, &kKey, random);
  TransportV2 first = transport(V2Role::Responder, &kKey, random);
  Heard heard_member, heard_first;
  Bytes recorded = member.take_output();
  feed(first, recorded, heard_first);
  feed(member, first.take_output(), heard_member);
  member.send(name("getaddr"), {});
  const Bytes rest = member.take_output();
  feed(first, rest, heard_first);
  ASSERT_EQ(heard_first.names(), std::vector<std::string>{"getaddr"});

  append(recorded, rest);
  append(recorded, Bytes(TransportV2::kGarbageBytesMax + 16));
  TransportV2 second = transport(V2Role::Responder, &kKey, random);
  const Heard heard = feed_all(second, recorded);
  EXPECT_EQ(heard.error, TransportError::GarbageTooLong);
  EXPECT_TRUE(heard.frames.empty());
}

}  // namespace
}  // namespace kepeng::net::test
