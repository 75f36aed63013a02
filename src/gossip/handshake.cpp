// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/handshake.h>

#include <algorithm>

namespace kepeng::gossip {
namespace {

constexpr std::int32_t kWtxidProtocol = 70'016;    // BIP339
constexpr std::int32_t kFeatureProtocol = 70'017;  // BIP434
constexpr Height kLimitedPeerTip = 144;            // so close must we be to live with a peer of few blocks

template <class... Kinds>
bool is_one_of(const wire::Message& message) {
  return (std::holds_alternative<Kinds>(message) || ...);
}

}  // namespace

Handshake::Handshake(PeerId peer, Direction direction, std::uint64_t nonce, const wire::Endpoint& seen_at)
    : peer_{peer}, direction_{direction}, nonce_{nonce}, seen_at_{seen_at} {}

wire::Message Handshake::our_version(const SelfPortrait& self, const Now& now) const {
  wire::Version version;
  version.protocol = kProtocolVersion;
  version.services = self.services;
  version.time = now.time;
  version.receiver.address = seen_at_.address.to_v1();
  version.receiver.port = seen_at_.port;
  version.sender.services = self.services;
  version.nonce = nonce_;
  version.user_agent = self.user_agent;
  version.start_height = now.height;
  version.relay = self.wants_transactions;
  return version;
}

void Handshake::begin(const SelfPortrait& self, const Now& now, Actions& out) {
  if (direction_ != Direction::Inbound) out.push_back(Send{peer_, our_version(self, now)});
}

Handshake::Answer Handshake::on(const wire::Message& message, const Context& context, Actions& out) {
  if (got_verack_) return on_late(message, out);
  if (const auto* version = std::get_if<wire::Version>(&message)) {
    if (!portrait_) on_version(*version, context, out);
    return Answer::Taken;
  }
  if (!portrait_) return Answer::Taken;
  if (std::holds_alternative<wire::WtxidRelay>(message)) {
    portrait_->announces_by_wtxid = portrait_->protocol >= kWtxidProtocol;
  } else if (std::holds_alternative<wire::SendAddrV2>(message)) {
    portrait_->takes_addrv2 = true;
  } else if (std::holds_alternative<wire::Feature>(message) && portrait_->protocol < kFeatureProtocol) {
    out.push_back(Disconnect{peer_, "feature from a peer that is too old for it"});
  } else if (std::holds_alternative<wire::Verack>(message)) {
    got_verack_ = true;
    return Answer::Completed;
  }
  return Answer::Taken;
}

void Handshake::on_version(const wire::Version& version, const Context& context, Actions& out) {
  if (version.protocol < kOldestProtocol) {
    out.push_back(Disconnect{peer_, "it speaks an obsolete version of the protocol"});
    return;
  }
  if (direction_ == Direction::Inbound && context.ours.contains(version.nonce)) {
    out.push_back(Disconnect{peer_, "it is ourselves"});
    return;
  }
  if (direction_ == Direction::Outbound) {
    const bool has_all = (version.services & wire::kNodeNetwork) != 0;
    const bool has_some = (version.services & wire::kNodeNetworkLimited) != 0 &&
                          std::int64_t{version.start_height} - context.now.height <= kLimitedPeerTip;
    if ((version.services & wire::kNodeWitness) == 0 || (!has_all && !has_some)) {
      out.push_back(Disconnect{peer_, "it does not offer the services that we need"});
      return;
    }
  }
  portrait_.emplace();
  portrait_->protocol = std::min(version.protocol, kProtocolVersion);
  portrait_->protocol_said = version.protocol;
  portrait_->services = version.services;
  portrait_->user_agent = version.user_agent;
  portrait_->start_height = version.start_height;
  // Somebody else's clock: any number may come (CVE-2024-52912).
  const std::int64_t theirs = std::clamp<std::int64_t>(version.time.seconds, 0, UINT32_MAX);
  portrait_->time_offset_seconds = theirs - context.now.time.seconds;
  portrait_->wants_transactions = version.wants_transactions();
  portrait_->sees_us_at = {wire::NetworkAddress::from_v1(version.receiver.address), version.receiver.port};

  if (direction_ == Direction::Inbound) out.push_back(Send{peer_, our_version(context.self, context.now)});
  if (portrait_->protocol >= kWtxidProtocol) {
    out.push_back(Send{peer_, wire::WtxidRelay{}});
    out.push_back(Send{peer_, wire::SendAddrV2{}});
  }
  out.push_back(Send{peer_, wire::Verack{}});
}

Handshake::Answer Handshake::on_late(const wire::Message& message, Actions& out) const {
  if (is_one_of<wire::Version, wire::Verack>(message)) return Answer::Taken;  // again: ignored
  if (!is_one_of<wire::WtxidRelay, wire::SendAddrV2, wire::SendTxRcncl, wire::Feature>(message)) {
    return Answer::NotMine;
  }
  out.push_back(Disconnect{peer_, std::string{wire::name_of(message)} + " after verack"});
  return Answer::Taken;
}

}  // namespace kepeng::gossip
