// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/i2p_talk.h>

#include <kepeng/net/i2p_destination.h>

namespace kepeng::reach {
namespace {

// Ed25519: the default of SAM is an old kind of key.
constexpr std::string_view kSignature = "SIGNATURE_TYPE=7";
// The tunnels of a session: as many as the first of these peers need.
constexpr std::string_view kKeptTunnels = " i2cp.leaseSetEncType=4,0 inbound.quantity=3 outbound.quantity=3";
constexpr std::string_view kTransientTunnels = " i2cp.leaseSetEncType=4,0 inbound.quantity=1 outbound.quantity=1";

LineTalk::Step fail(std::string why) {
  LineTalk::Step step;
  step.problem = std::move(why);
  return step;
}

LineTalk::Step say(std::string line) {
  LineTalk::Step step;
  step.send = std::move(line);
  return step;
}

LineTalk::Step idle() {
  LineTalk::Step step;
  step.awaits = LineTalk::Step::Awaits::Nothing;
  return step;
}

}  // namespace

LineTalk::Step I2pTalk::begin() {
  awaits_ = Awaits::Hello;
  return say(std::string{net::kSamHello});
}

void I2pTalk::on_lost() {
  awaits_ = Awaits::Nothing;
  if (std::exchange(has_session_, false)) hooks_.on_session(std::nullopt);
}

LineTalk::Step I2pTalk::on_line(std::string_view line) {
  if (awaits_ == Awaits::Nothing) return idle();
  const auto reply = net::SamReply::parse(line);
  if (!reply) return fail("The service at -i2psam does not speak SAM.");
  constexpr std::string_view kTopics[] = {"HELLO REPLY", "DEST REPLY", "SESSION STATUS"};
  // A DEST REPLY has no result unless something is wrong.
  const bool is_silent_success =
      awaits_ == Awaits::Key && reply->topic == "DEST REPLY" && reply->find("RESULT").empty();
  const auto problem = reply->problem(kTopics[static_cast<std::size_t>(awaits_)]);
  if (problem && !is_silent_success) return fail(*problem);
  if (awaits_ == Awaits::Hello) return on_hello();
  return awaits_ == Awaits::Key ? on_key(*reply) : on_session(*reply);
}

LineTalk::Step I2pTalk::on_hello() {
  if (wish_.name == Name::Transient) return create_session({});
  const Bytes key = hooks_.load_key();
  if (!key.empty()) return create_session(key);
  awaits_ = Awaits::Key;
  return say("DEST GENERATE " + std::string{kSignature} + "\n");
}

LineTalk::Step I2pTalk::on_key(const net::SamReply& reply) {
  const auto key = net::from_i2p_base64(reply.find("PRIV"));
  if (!key || !net::i2p_destination_in(*key)) return fail("The I2P router gives a key that is none.");
  hooks_.keep_key(*key);
  return create_session(*key);
}

LineTalk::Step I2pTalk::create_session(const Bytes& key) {
  if (!key.empty() && !net::i2p_destination_in(key)) {
    return fail("The file with the key of our I2P name holds something else. Move it away to get a new name.");
  }
  awaits_ = Awaits::Session;
  id_ = hooks_.session_id();
  std::string line = "SESSION CREATE STYLE=STREAM ID=" + id_ + " DESTINATION=";
  if (key.empty()) {
    line.append("TRANSIENT ").append(kSignature).append(kTransientTunnels);
  } else {
    line.append(net::to_i2p_base64(key)).append(kKeptTunnels);
  }
  return say(line + "\n");
}

LineTalk::Step I2pTalk::on_session(const net::SamReply& reply) {
  const auto key = net::from_i2p_base64(reply.find("DESTINATION"));
  const auto destination = key ? net::i2p_destination_in(*key) : std::nullopt;
  if (!destination) return fail("The I2P router makes a session without telling our name.");
  awaits_ = Awaits::Nothing;
  has_session_ = true;
  hooks_.on_session(net::SamSession{wish_.bridge, id_, net::i2p_name_of(*destination)});
  return idle();
}

}  // namespace kepeng::reach
