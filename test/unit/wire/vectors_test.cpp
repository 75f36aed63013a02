// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Messages of real peers: each decodes, and encodes back to the same bytes.
#include <gtest/gtest.h>

#include <map>

#include "support/vectors.h"
#include "wire_samples.h"

namespace kepeng::wire::test {
namespace {

using kepeng::test::read_shared;
using kepeng::test::read_shared_json;
using kepeng::test::unhex;

constexpr std::size_t kV1HeaderBytes = 24;

struct Recorded {
  std::string name;
  Bytes payload;
};

Recorded take_v1(const Bytes& stream, std::size_t& at) {
  const std::string name{reinterpret_cast<const char*>(stream.data() + at + 4), 12};
  const auto length = load_le<std::uint32_t>(stream.data() + at + 16);
  const auto begin = stream.begin() + static_cast<std::ptrdiff_t>(at + kV1HeaderBytes);
  at += kV1HeaderBytes + length;
  EXPECT_LE(at, stream.size());
  return {name.c_str(), {begin, begin + length}};
}

void expect_same(const Recorded& message) {
  const auto decoded = decode(message.name, message.payload);
  ASSERT_TRUE(decoded.ok()) << message.name << ": " << to_string(decoded.error());
  EXPECT_EQ(name_of(*decoded), message.name);
  EXPECT_EQ(encode(*decoded), message.payload) << message.name;
}

TEST(RecordedMessages, OneOfEachKind) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/p2p/messages.json");
  std::size_t messages = 0;
  for (const auto& row : document.GetObject()) {
    SCOPED_TRACE(row.name.GetString());
    const Bytes raw = unhex(row.value["message"].GetString());
    std::size_t at = 0;
    expect_same(take_v1(raw, at));
    EXPECT_EQ(at, raw.size());
    ++messages;
  }
  EXPECT_EQ(messages, 22u);  // one name is there twice
}

TEST(RecordedMessages, VersionWithoutRelayByteIsCutOnPurpose) {
  KEPENG_NEED_VECTORS();
  const auto document = read_shared_json("vectors/p2p/messages.json");
  const Bytes raw = unhex(document["version"]["messagenofrelay"].GetString());
  const Recorded cut{"version", {raw.begin() + kV1HeaderBytes, raw.end()}};
  EXPECT_EQ(cut.payload.size() + 1, load_le<std::uint32_t>(raw.data() + 16));
  expect_same(cut);
  const Message message = *decode(cut.name, cut.payload);
  EXPECT_FALSE(std::get<Version>(message).relay.has_value());
  EXPECT_TRUE(std::get<Version>(message).wants_transactions());
}

TEST(RecordedMessages, FirstWordsOfAPeer) {
  KEPENG_NEED_VECTORS();
  const Bytes stream = read_shared("vectors/p2p/connection.log");
  std::map<std::string, int> seen;
  for (std::size_t at = 0; at < stream.size();) {
    const Recorded message = take_v1(stream, at);
    expect_same(message);
    ++seen[message.name];
  }
  EXPECT_EQ(seen, (std::map<std::string, int>{{"version", 1}, {"verack", 1}, {"inv", 18}, {"addr", 4}}));
}

TEST(RecordedMessages, CapturesOfAReferenceNode) {
  KEPENG_NEED_VECTORS();
  std::map<std::string, int> seen;
  int messages = 0;
  for (const std::string peer : {"peer1", "peer2", "peer3"}) {
    for (const std::string direction : {"_recv.dat", "_sent.dat"}) {
      const Bytes log = read_shared("vectors/p2p/capture/" + peer + direction);
      for (std::size_t at = 0; at < log.size();) {
        const std::string name{reinterpret_cast<const char*>(log.data() + at + 8), 12};
        const auto length = static_cast<std::size_t>(load_le<std::int32_t>(log.data() + at + 20));
        const auto begin = log.begin() + static_cast<std::ptrdiff_t>(at + 24);
        expect_same({name.c_str(), {begin, begin + static_cast<std::ptrdiff_t>(length)}});
        at += 24 + length;
        ++seen[name.c_str()];
        ++messages;
      }
    }
  }
  EXPECT_EQ(messages, 701);
  EXPECT_EQ(seen["block"], 228);
  EXPECT_EQ(seen["cmpctblock"], 111);
  EXPECT_EQ(seen.size(), 19u);
}

TEST(RecordedMessages, PayloadsOnTheirOwn) {
  KEPENG_NEED_VECTORS();
  expect_same({"merkleblock", read_shared("vectors/p2p/bip37/merkle300025.raw")});
  expect_same({"cmpctblock", read_shared("vectors/p2p/bip152/compact426884.raw")});
  expect_same({"cmpctblock", read_shared("vectors/p2p/bip152/compact898352.raw")});
}

}  // namespace
}  // namespace kepeng::wire::test
