// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/net/i2p_destination.h>
#include <kepeng/net/sam.h>

namespace kepeng::net {
namespace {

using Kind = Passage::Step::Kind;

Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

// Keys, and a certificate of four bytes.
Bytes destination(std::uint8_t filling) {
  Bytes made(384, filling);
  append(made, Bytes{5, 0, 4, 0, 7, 0, 0});
  return made;
}

const SamSession kSession{{"127.0.0.1", 7656}, "abc", "own.b32.i2p"};

TEST(SamReply, WordsFieldsAndQuotes) {
  const auto reply = SamReply::parse(R"(STREAM STATUS RESULT=CANT_REACH_PEER  MESSAGE="no \"lease\" set" EMPTY= BARE)");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->topic, "STREAM STATUS");
  EXPECT_EQ(reply->find("RESULT"), "CANT_REACH_PEER");
  EXPECT_EQ(reply->find("MESSAGE"), "no \"lease\" set");
  EXPECT_EQ(reply->find("EMPTY"), "");
  EXPECT_EQ(reply->fields.size(), 4u);
  EXPECT_EQ(reply->problem("STREAM STATUS"), "The I2P router refuses: CANT_REACH_PEER, no \"lease\" set.");
  EXPECT_EQ(reply->problem("HELLO REPLY"), "The I2P router answers STREAM STATUS where HELLO REPLY must come.");
  EXPECT_FALSE(SamReply::parse("HELLO REPLY RESULT=OK VERSION=3.1")->problem("HELLO REPLY"));
  for (const std::string line : {"", "HELLO", " HELLO REPLY", "A B C=\"open", "HTTP/1.1"}) {
    EXPECT_FALSE(SamReply::parse(line)) << line;
  }
  std::string many = "A B";
  for (int i = 0; i < 33; ++i) many += " X=1";
  EXPECT_FALSE(SamReply::parse(many));
}

TEST(I2pDestination, LengthNameAndText) {
  const Bytes one = destination(1);
  Bytes key = one;
  append(key, Bytes(96, 9));
  ASSERT_TRUE(i2p_destination_in(key));
  EXPECT_TRUE(equal(*i2p_destination_in(key), one));
  EXPECT_EQ(from_i2p_base64(to_i2p_base64(key)), key);
  EXPECT_EQ(to_i2p_base64(Bytes{0xfb, 0xff, 0xfe}), "-~~-");
  EXPECT_FALSE(from_i2p_base64("+//+"));
  const std::string name = i2p_name_of(one);
  EXPECT_EQ(name.size(), 52 + kI2pSuffix.size());
  EXPECT_NE(name, i2p_name_of(destination(2)));
  for (std::size_t size = 0; size < one.size(); ++size) EXPECT_FALSE(i2p_destination_in(ByteView{one}.first(size)));
}

// What it sends and where it ends, fed in pieces of every length.
TEST(SamStream, ConnectsToAName) {
  const Bytes far = destination(3);
  const std::string name = i2p_name_of(far);
  const std::string said = "HELLO REPLY RESULT=OK VERSION=3.1\nNAMING REPLY RESULT=OK NAME=" + name +
                           " VALUE=" + to_i2p_base64(far) + "\nSTREAM STATUS RESULT=OK\nversion";
  for (std::size_t cut = 1; cut <= said.size(); ++cut) {
    SamStream stream = SamStream::to(name, kSession);
    EXPECT_EQ(stream.greeting(), bytes("HELLO VERSION MIN=3.1 MAX=3.1\n"));
    Bytes sent;
    Bytes rest;
    bool is_connected = false;
    for (std::size_t at = 0; at < said.size(); at += cut) {
      const std::string part = said.substr(at, cut);
      if (is_connected) {
        append(rest, as_bytes(part));
        continue;
      }
      const auto step = stream.take(as_bytes(part));
      ASSERT_NE(step.kind, Kind::Failed) << step.problem;
      append(sent, step.send);
      is_connected = step.kind == Kind::Connected;
      rest = step.rest;
    }
    EXPECT_TRUE(is_connected);
    EXPECT_EQ(rest, bytes("version"));
    EXPECT_EQ(sent, bytes("NAMING LOOKUP NAME=" + name + "\nSTREAM CONNECT ID=abc DESTINATION=" + to_i2p_base64(far) +
                          " SILENT=false\n"));
  }
}

TEST(SamStream, WaitsForAnybody) {
  SamStream stream = SamStream::from_anybody(kSession);
  EXPECT_EQ(stream.take(as_bytes("HELLO REPLY RESULT=OK VERSION=3.1\n")).send,
            bytes("STREAM ACCEPT ID=abc SILENT=false\n"));
  EXPECT_EQ(stream.take(as_bytes("STREAM STATUS RESULT=OK\n")).kind, Kind::Waits);
  const Bytes caller = destination(4);
  const auto come = stream.take(as_bytes(to_i2p_base64(caller) + " FROM_PORT=0 TO_PORT=0\nhi"));
  EXPECT_EQ(come.kind, Kind::Connected);
  EXPECT_EQ(come.remote, (Endpoint{i2p_name_of(caller), 0}));
  EXPECT_EQ(come.rest, bytes("hi"));
}

TEST(SamStream, DamageEndsIt) {
  const std::string hello = "HELLO REPLY RESULT=OK VERSION=3.1\n";
  const std::string name = i2p_name_of(destination(3));
  const auto problem = [](SamStream stream, const std::string& said) {
    const auto step = stream.take(as_bytes(said));
    EXPECT_EQ(step.kind, Kind::Failed);
    return step.problem;
  };
  const auto to = [&] { return SamStream::to(name, kSession); };
  EXPECT_EQ(problem(to(), "garbage\n"), "The I2P router does not speak SAM.");
  EXPECT_EQ(problem(to(), "\n"), "The I2P router does not speak SAM.");
  EXPECT_EQ(problem(to(), std::string(8'193, 'x')), "The I2P router sends a line without an end.");
  EXPECT_EQ(problem(to(), "HELLO REPLY RESULT=NOVERSION\n"), "The I2P router refuses: NOVERSION.");
  EXPECT_EQ(problem(to(), "HELLO REPLY\n"), "The I2P router refuses: no result.");
  const std::string none = "The I2P router gives no destination of that name.";
  EXPECT_EQ(problem(to(), hello + "NAMING REPLY RESULT=OK VALUE=" + to_i2p_base64(destination(1)) + "\n"), none);
  EXPECT_EQ(problem(to(), hello + "NAMING REPLY RESULT=OK VALUE=AAAA\n"), none);
  EXPECT_EQ(problem(to(), hello + "NAMING REPLY RESULT=OK\n"), none);
  const std::string accepted = hello + "STREAM STATUS RESULT=OK\n";
  EXPECT_EQ(problem(SamStream::from_anybody(kSession), accepted + "who?\n"),
            "The I2P router does not say who is calling.");
  EXPECT_EQ(problem(SamStream::from_anybody(kSession), hello + "STREAM STATUS RESULT=INVALID_ID\n"),
            "The I2P router refuses: INVALID_ID.");
  SamStream spent = to();
  spent.take(as_bytes("garbage\n"));
  EXPECT_EQ(spent.take(as_bytes(hello)).kind, Kind::Failed);
}

}  // namespace
}  // namespace kepeng::net
