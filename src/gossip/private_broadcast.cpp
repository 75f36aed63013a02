// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/private_broadcast.h>

#include <algorithm>

#include <kepeng/gossip/handshake.h>

namespace kepeng::gossip {
namespace {

// What every sender says in this way, whatever its program: as many as possible have to look alike.
constexpr std::int32_t kProtocolSaid = 70'016;
constexpr const char* kAgentSaid = "/pynode:0.0.1/";

constexpr int kDraws = 50;
// Others need not wait for long; the rest is due a little later.
constexpr std::size_t kReviewsAtOnce = 50;
constexpr std::int64_t kPaceMs = 100;
constexpr std::int64_t kNobodyMs = 1'000;  // until it is looked again whether somebody is known
// Strangers are often gone; when so many in a row are, it is rather our own way out that is closed.
constexpr int kFailuresUsual = 10;
constexpr int kPaceDoublings = 9;

wire::Message version_for_everybody(std::uint64_t nonce) {
  wire::Version version;
  version.protocol = kProtocolSaid;
  version.nonce = nonce;
  version.user_agent = kAgentSaid;
  version.relay = false;
  return version;
}

}  // namespace

// --- transactions ----------------------------------------------------------------------------------------------------

UnixTime PrivateBroadcast::review_time(UnixTime now) {
  const auto spread = static_cast<std::int64_t>(with_.random.below(kReviewSpreadSeconds + 1));
  return {now.seconds + kReviewSeconds + spread};
}

PrivateBroadcast::Added PrivateBroadcast::add(const TxPtr& tx, UnixTime now) {
  const auto found = transactions_.find(tx->wtxid);
  if (found != transactions_.end()) {
    Transaction& one = found->second;
    one.copies_wanted = kCopies;
    one.attempts = 0;
    one.next_review = review_time(now);
    return Added::Again;
  }
  if (transactions_.size() >= limits_.transactions_max || bytes_ + tx->total_size() > limits_.bytes_max) {
    return Added::NoRoom;
  }
  bytes_ += tx->total_size();
  transactions_.emplace(
      tx->wtxid,
      Transaction{.tx = tx, .serial = next_serial_++, .added = now, .peers = {}, .next_review = review_time(now)});
  return Added::New;
}

void PrivateBroadcast::forget(std::map<Wtxid, Transaction>::iterator which) {
  bytes_ -= which->second.tx->total_size();
  transactions_.erase(which);
}

std::vector<TxPtr> PrivateBroadcast::abort(const crypto::Hash32& id) {
  std::vector<TxPtr> removed;
  for (auto at = transactions_.begin(); at != transactions_.end();) {
    const auto here = at++;
    const TxPtr tx = here->second.tx;
    if (tx->wtxid.bytes != id && tx->txid.bytes != id) continue;
    removed.push_back(tx);
    forget(here);
  }
  return removed;
}

bool PrivateBroadcast::on_seen(const Wtxid& wtxid) {
  const auto found = transactions_.find(wtxid);
  if (found == transactions_.end()) return false;
  forget(found);
  return true;
}

std::vector<TxPtr> PrivateBroadcast::take_due_for_review(UnixTime now) {
  std::vector<TxPtr> due;
  for (auto& [wtxid, one] : transactions_) {
    if (due.size() == kReviewsAtOnce) break;
    // A clock that was set back must not put it off for long.
    const std::int64_t wait_max = kReviewSeconds + kReviewSpreadSeconds;
    if (one.next_review - now > wait_max) one.next_review = review_time(now);
    if (one.is_in_review || one.under_way != 0 || one.next_review > now) continue;
    one.is_in_review = true;
    due.push_back(one.tx);
  }
  return due;
}

void PrivateBroadcast::on_reviewed(const Wtxid& wtxid, Review review, UnixTime now) {
  const auto found = transactions_.find(wtxid);
  if (found == transactions_.end()) return;
  if (review == Review::NoLonger) return forget(found);
  Transaction& one = found->second;
  one.is_in_review = false;
  one.next_review = review_time(now);
  if (review == Review::StillGood && one.copies_wanted == 0) one.copies_wanted = 1;
}

std::vector<PrivateBroadcast::Report> PrivateBroadcast::all() const {
  std::vector<Report> reports;
  for (const auto& [wtxid, one] : transactions_) {
    reports.push_back({one.tx, one.added, limits_.attempts_max - one.attempts, one.peers});
  }
  return reports;
}

// --- whom to call ----------------------------------------------------------------------------------------------------

bool PrivateBroadcast::wants_more(const Transaction& one) const {
  return one.copies_wanted > one.under_way && one.attempts < limits_.attempts_max;
}

bool PrivateBroadcast::was_told(const Transaction& one, const wire::Endpoint& endpoint, UnixTime now) const {
  return std::any_of(one.peers.begin(), one.peers.end(), [&](const Meeting& meeting) {
    return meeting.peer.address == endpoint.address && now - meeting.sent < kSamePeerSeconds;
  });
}

PrivateBroadcast::Transaction* PrivateBroadcast::choose_for(const wire::Endpoint& endpoint, UnixTime now) {
  Transaction* best = nullptr;
  for (auto& [wtxid, one] : transactions_) {
    if (!wants_more(one) || was_told(one, endpoint, now)) continue;
    if (best == nullptr || one.attempts < best->attempts) best = &one;
  }
  return best;
}

std::optional<KnownAddress> PrivateBroadcast::next_call(const View& view, Now now) {
  if (now.moment < next_call_ || calls_.size() >= limits_.connections_max || view.networks.empty()) return std::nullopt;
  // Those that are on their way will each take one.
  std::size_t unbound = 0;
  for (const auto& [peer, call] : calls_) unbound += call.carries ? 0 : 1;
  std::size_t wanted = 0;
  for (const auto& [wtxid, one] : transactions_) {
    if (wants_more(one)) wanted += static_cast<std::size_t>(one.copies_wanted - one.under_way);
    if (wanted > unbound) break;
  }
  if (wanted <= unbound) return std::nullopt;
  auto known = draw(view, now);
  if (known) {
    pace(now.moment);
  } else {
    next_call_ = now.moment + kNobodyMs;
  }
  return known;
}

void PrivateBroadcast::pace(Moment now) {
  const int doublings = std::clamp(failures_ - kFailuresUsual, 0, kPaceDoublings);
  next_call_ = now + (kPaceMs << doublings);
}

// Each network has the same chance, so that it does not show how many of each we know.
std::optional<KnownAddress> PrivateBroadcast::draw(const View& view, Now now) {
  std::vector<wire::AddressNetwork> networks{view.networks.begin(), view.networks.end()};
  std::shuffle(networks.begin(), networks.end(), with_.random);
  for (const wire::AddressNetwork network : networks) {
    const AddressBook::Wish wish{.networks = {network}};
    for (int tries = 0; tries < kDraws; ++tries) {
      auto known = with_.book.select(wish, now.time);
      if (!known) break;
      if (is_worth_a_call(known->entry.endpoint, view, now.time)) return known;
    }
  }
  return std::nullopt;
}

bool PrivateBroadcast::is_worth_a_call(const wire::Endpoint& endpoint, const View& view, UnixTime now) {
  if (view.avoid.contains(endpoint)) return false;
  if (with_.bans.is_banned(endpoint.address, now) || with_.bans.is_discouraged(endpoint.address)) return false;
  const bool is_called = std::any_of(
      calls_.begin(), calls_.end(), [&](const auto& item) { return item.second.endpoint.address == endpoint.address; });
  return !is_called && choose_for(endpoint, now) != nullptr;
}

// --- what is said ----------------------------------------------------------------------------------------------------

void PrivateBroadcast::on_calling(PeerId peer, const wire::Endpoint& endpoint, std::uint64_t nonce, Moment now) {
  calls_.insert_or_assign(peer, Call{.endpoint = endpoint, .nonce = nonce, .since = now});
}

void PrivateBroadcast::on_connected(PeerId peer, Actions& out) {
  const auto found = calls_.find(peer);
  if (found == calls_.end() || found->second.stage != Stage::Calling) return;
  found->second.stage = Stage::Version;
  out.push_back(Send{peer, version_for_everybody(found->second.nonce)});
}

// What does not belong to the few steps is passed over, whatever it is: an answer would show what we are.
void PrivateBroadcast::on_message(PeerId peer, const wire::Message& message, Now now, Actions& out) {
  const auto found = calls_.find(peer);
  if (found == calls_.end()) return;
  Call& call = found->second;
  if (const auto* version = std::get_if<wire::Version>(&message)) {
    if (call.stage == Stage::Version) on_version(peer, *version, now, out);
  } else if (std::holds_alternative<wire::Verack>(message)) {
    if (call.stage == Stage::Verack) offer(peer, call, now, out);
  } else if (const auto* asked = std::get_if<wire::GetData>(&message)) {
    if (call.carries) hand_over(peer, *asked, now, out);
  } else if (const auto* pong = std::get_if<wire::Pong>(&message)) {
    if (call.stage == Stage::Sent) on_pong(peer, call, *pong, now, out);
  }
}

PrivateBroadcast::Transaction* PrivateBroadcast::carried_by(const Call& call) {
  if (!call.carries) return nullptr;
  const auto found = transactions_.find(call.carries->wtxid);
  return found != transactions_.end() && found->second.serial == call.carries->serial ? &found->second : nullptr;
}

void PrivateBroadcast::on_version(PeerId peer, const wire::Version& version, Now now, Actions& out) {
  if (version.protocol < kOldestProtocol || !version.wants_transactions()) {
    return part(peer, "it takes no transactions", now, out);
  }
  calls_.at(peer).stage = Stage::Verack;
  out.push_back(Send{peer, wire::Verack{}});
}

void PrivateBroadcast::offer(PeerId peer, Call& call, Now now, Actions& out) {
  Transaction* one = choose_for(call.endpoint, now.time);
  if (one == nullptr) return part(peer, "there is nothing to give any more", now, out);
  ++one->under_way;
  ++one->attempts;
  if (one->peers.size() == limits_.peers_shown_max) one->peers.erase(one->peers.begin());
  one->peers.push_back({call.endpoint, now.time, std::nullopt});
  call.stage = Stage::Offered;
  call.carries = Call::Carried{one->tx->wtxid, one->serial};
  // By its txid: nothing else was agreed on.
  out.push_back(Send{peer, wire::Inv{{wire::InventoryItem::of(wire::InventoryType::Tx, one->tx->txid)}}});
}

void PrivateBroadcast::hand_over(PeerId peer, const wire::GetData& asked, Now now, Actions& out) {
  Call& call = calls_.at(peer);
  const Transaction* one = carried_by(call);
  if (one == nullptr) return part(peer, "there is nothing to give any more", now, out);
  const TxPtr tx = one->tx;
  const bool is_expected = call.stage == Stage::Offered && asked.items.size() == 1 &&
                           wire::is_transaction(asked.items.front().type) &&
                           asked.items.front().hash.bytes == tx->txid.bytes;
  if (!is_expected) return part(peer, "it asks for something else than it was offered", now, out);
  call.stage = Stage::Sent;
  call.nonce = with_.random.next();
  out.push_back(Send{peer, wire::TxMessage{tx}});
  out.push_back(Send{peer, wire::Ping{call.nonce}});
}

void PrivateBroadcast::on_pong(PeerId peer, Call& call, const wire::Pong& pong, Now now, Actions& out) {
  if (pong.nonce != call.nonce) return;
  failures_ = 0;
  if (Transaction* one = carried_by(call)) {
    one->copies_wanted = std::max(0, one->copies_wanted - 1);
    --one->under_way;
    one->next_review = review_time(now.time);
    const auto meeting = std::find_if(one->peers.rbegin(), one->peers.rend(),
                                      [&](const Meeting& met) { return met.peer == call.endpoint; });
    if (meeting != one->peers.rend()) meeting->received = now.time;
  }
  calls_.erase(peer);
  out.push_back(Disconnect{peer, "it has the transaction"});
}

void PrivateBroadcast::part(PeerId peer, std::string reason, Now now, Actions& out) {
  out.push_back(Disconnect{peer, std::move(reason)});
  on_disconnected(peer, now);
}

void PrivateBroadcast::on_disconnected(PeerId peer, Now now) {
  const auto found = calls_.find(peer);
  if (found == calls_.end()) return;
  if (Transaction* one = carried_by(found->second)) --one->under_way;
  calls_.erase(found);
  ++failures_;
  pace(now.moment);
}

void PrivateBroadcast::on_tick(Now now, Actions& out) {
  std::vector<PeerId> late;
  for (const auto& [peer, call] : calls_) {
    if (now.moment - call.since >= kConnectionMs) late.push_back(peer);
  }
  for (const PeerId peer : late) part(peer, "it takes too long", now, out);
}

}  // namespace kepeng::gossip
