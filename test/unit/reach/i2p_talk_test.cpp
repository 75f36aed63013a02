// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/net/i2p_destination.h>
#include <kepeng/reach/i2p_talk.h>

namespace kepeng::reach {
namespace {

using Awaits = LineTalk::Step::Awaits;

const net::Endpoint kBridge{"127.0.0.1", 7656};
const std::string kHello = "HELLO REPLY RESULT=OK VERSION=3.1";

Bytes destination() {
  Bytes made(384, 1);
  append(made, Bytes{5, 0, 4, 0, 7, 0, 0});
  return made;
}
Bytes private_key() {
  Bytes made = destination();
  append(made, Bytes(288, 2));
  return made;
}

class I2pTalkTest : public testing::Test {
 protected:
  I2pTalk talk(I2pTalk::Name name = I2pTalk::Name::Kept) {
    return I2pTalk{{kBridge, name},
                   {.session_id = [] { return std::string{"id1"}; },
                    .load_key = [this] { return key; },
                    .keep_key = [this](const Bytes& made) { kept = made; },
                    .on_session = [this](std::optional<net::SamSession> one) { sessions.push_back(std::move(one)); }}};
  }
  Bytes key;
  Bytes kept;
  std::vector<std::optional<net::SamSession>> sessions;
  const std::string text = net::to_i2p_base64(private_key());
  const std::string tunnels = " i2cp.leaseSetEncType=4,0 inbound.quantity=3 outbound.quantity=3\n";
};

TEST_F(I2pTalkTest, TheFirstRunMakesAName) {
  I2pTalk i2p = talk();
  EXPECT_EQ(i2p.begin().send, "HELLO VERSION MIN=3.1 MAX=3.1\n");
  EXPECT_EQ(i2p.on_line(kHello).send, "DEST GENERATE SIGNATURE_TYPE=7\n");
  EXPECT_EQ(i2p.on_line("DEST REPLY PUB=x PRIV=" + text).send,
            "SESSION CREATE STYLE=STREAM ID=id1 DESTINATION=" + text + tunnels);
  EXPECT_EQ(kept, private_key());
  EXPECT_EQ(i2p.on_line("SESSION STATUS RESULT=OK DESTINATION=" + text).awaits, Awaits::Nothing);
  const net::SamSession session{kBridge, "id1", net::i2p_name_of(destination())};
  ASSERT_EQ(sessions.size(), 1u);
  EXPECT_EQ(sessions[0], session);
  EXPECT_EQ(i2p.on_line("anything at all").awaits, Awaits::Nothing);
  i2p.on_lost();
  i2p.on_lost();
  EXPECT_EQ(sessions.size(), 2u);
  EXPECT_FALSE(sessions[1]);
}

TEST_F(I2pTalkTest, LaterRunsKeepIt) {
  key = private_key();
  I2pTalk i2p = talk();
  i2p.begin();
  EXPECT_EQ(i2p.on_line(kHello).send, "SESSION CREATE STYLE=STREAM ID=id1 DESTINATION=" + text + tunnels);
  EXPECT_TRUE(kept.empty());
}

TEST_F(I2pTalkTest, WhoIsNotToBeCalledGetsAPassingName) {
  key = private_key();
  I2pTalk i2p = talk(I2pTalk::Name::Transient);
  i2p.begin();
  EXPECT_EQ(i2p.on_line(kHello).send,
            "SESSION CREATE STYLE=STREAM ID=id1 DESTINATION=TRANSIENT SIGNATURE_TYPE=7 i2cp.leaseSetEncType=4,0 "
            "inbound.quantity=1 outbound.quantity=1\n");
}

TEST_F(I2pTalkTest, DamageEndsIt) {
  const auto problem = [&](std::initializer_list<std::string> lines) {
    I2pTalk i2p = talk();
    i2p.begin();
    LineTalk::Step last;
    for (const std::string& line : lines) last = i2p.on_line(line);
    EXPECT_TRUE(sessions.empty());
    EXPECT_TRUE(last.send.empty());
    return last.problem.value_or("");
  };
  EXPECT_EQ(problem({"x"}), "The service at -i2psam does not speak SAM.");
  EXPECT_EQ(problem({"HELLO REPLY RESULT=NOVERSION"}), "The I2P router refuses: NOVERSION.");
  EXPECT_EQ(problem({kHello, "DEST REPLY PUB=x PRIV=AAAA"}), "The I2P router gives a key that is none.");
  EXPECT_EQ(problem({kHello, "DEST REPLY RESULT=I2P_ERROR"}), "The I2P router refuses: I2P_ERROR.");
  EXPECT_EQ(problem({kHello, "SESSION STATUS RESULT=OK"}),
            "The I2P router answers SESSION STATUS where DEST REPLY must come.");
  const std::string made = "DEST REPLY PUB=x PRIV=" + text;
  EXPECT_EQ(problem({kHello, made, "SESSION STATUS RESULT=DUPLICATED_ID"}), "The I2P router refuses: DUPLICATED_ID.");
  EXPECT_EQ(problem({kHello, made, "SESSION STATUS RESULT=OK DESTINATION=AAAA"}),
            "The I2P router makes a session without telling our name.");
  key = {'?'};
  EXPECT_EQ(problem({kHello}),
            "The file with the key of our I2P name holds something else. Move it away to get a new name.");
}

}  // namespace
}  // namespace kepeng::reach
