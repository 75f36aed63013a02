// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/header_sync.h>

#include <algorithm>
#include <utility>

#include <kepeng/chain/locator.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/wire/limits.h>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kAnswerTimeoutMs = 120'000;
constexpr std::int64_t kSyncTimeoutMs = 15 * 60'000;  // of a whole chain, and one more for each header expected
constexpr std::int64_t kAskAgainMs = 120'000;         // for headers that were too new
constexpr std::uint64_t kWorthBlocks = 144;           // a branch this far behind our tip is worth its headers

bool is_full(const wire::Headers& message) {
  return message.headers.size() == wire::kHeadersMax;
}

bool is_chain(const std::vector<BlockHeader>& headers) {
  for (std::size_t i = 1; i < headers.size(); ++i) {
    if (headers[i].previous != headers[i - 1].hash()) return false;
  }
  return true;
}

}  // namespace

void HeaderSync::add_peer(PeerId id, Direction direction, Now now, Actions& out) {
  peers_.try_emplace(id).first->second.direction = direction;
  ask_next(now, out);
}

void HeaderSync::remove_peer(PeerId id, Now now, Actions& out) {
  peers_.erase(id);
  if (asking_ != id) return;
  asking_.reset();
  ask_next(now, out);
}

// The first question to the next peer, when no other long answer is under way.
void HeaderSync::ask_next(Now now, Actions& out) {
  if (asking_) return;
  const auto next_of = [&](bool is_ours) {
    return std::find_if(peers_.begin(), peers_.end(), [&](const auto& one) {
      return !one.second.is_asked && (one.second.direction != Direction::Inbound) == is_ours;
    });
  };
  auto next = next_of(true);
  if (next == peers_.end()) next = next_of(false);
  if (next == peers_.end()) return;
  next->second.is_asked = true;
  asking_ = next->first;
  const chain::Entry* best = with_.chain.best_header();
  const std::int64_t seconds = std::max<std::int64_t>(0, now.time - best->header.unix_time());
  asking_until_ = now.moment + kSyncTimeoutMs + seconds / with_.network.target_spacing_seconds;
  ask(next->first, next->second, best, now.moment, out);
}

void HeaderSync::ask(PeerId id, Peer& peer, const chain::Entry* from, Moment now, Actions& out) {
  // From its parent on, so that a peer on the same tip has something to answer.
  const chain::Entry* start = from->parent != nullptr ? from->parent : from;
  peer.waits_since = now;
  out.push_back(Send{id, wire::GetHeaders{{kProtocolVersion, chain::make_locator(start), {}}}});
}

void HeaderSync::finish(PeerId id, Now now, Actions& out) {
  if (asking_ != id) return;
  asking_.reset();
  ask_next(now, out);
}

void HeaderSync::on(PeerId id, const wire::Headers& message, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  const auto waited_since = std::exchange(peer.waits_since, std::nullopt);
  if (peer.presync != nullptr && is_beside_presync(peer, message)) {
    peer.waits_since = waited_since;
    return;
  }
  if (peer.presync != nullptr) return feed_presync(id, peer, message, now, out);
  if (message.headers.empty()) return finish(id, now, out);
  if (!is_chain(message.headers)) {
    out.push_back(Disconnect{id, "its headers are no chain", Blame::Discourage});
    return;
  }
  if (with_.chain.find(message.headers.front().previous) == nullptr) {
    // News that ran ahead of what leads to it, which happens to honest peers, and no answer to us: our questions begin
    // at what we know. One question at a time, however often it happens.
    peer.waits_since = waited_since;
    return on_unknown_block(id, now, out);
  }
  judge(id, peer, message, now, out);
}

bool HeaderSync::have_proof_of_work(const std::vector<BlockHeader>& headers) const {
  return std::all_of(headers.begin(), headers.end(), [&](const BlockHeader& header) {
    return consensus::check_proof_of_work(header.hash(), header.target, with_.network);
  });
}

// News that came in between, from a peer that tells of new blocks by their headers: no answer to our question.
bool HeaderSync::is_beside_presync(const Peer& peer, const wire::Headers& message) const {
  return !message.headers.empty() && !is_full(message) && message.headers.front().previous != peer.presync->last_hash();
}

void HeaderSync::on_compact(PeerId id, const BlockHeader& header, Now now, Actions& out) {
  const std::size_t before = out.size();
  on(id, wire::Headers{{header}}, now, out);
  const bool was_handed_in = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(),
                                         [](const Action& one) { return std::holds_alternative<HandInHeaders>(one); });
  const auto found = peers_.find(id);
  if (was_handed_in && found != peers_.end()) ++found->second.compact_handed_in;
}

void HeaderSync::judge(PeerId id, Peer& peer, const wire::Headers& message, Now now, Actions& out) {
  const std::vector<BlockHeader>& headers = message.headers;
  const chain::Entry* parent = with_.chain.find(headers.front().previous);
  if (const chain::Entry* known = with_.chain.find(headers.back().hash())) {
    note_known(peer, known);
    return is_full(message) ? ask(id, peer, known, now.moment, out) : finish(id, now, out);
  }
  Work work = parent->chain_work;
  for (const BlockHeader& header : headers) work += work_of(header.target);
  if (work >= work_wanted()) {
    peer.may_have_more = is_full(message);
    out.push_back(HandInHeaders{id, headers});
  } else if (!have_proof_of_work(headers)) {
    out.push_back(Disconnect{id, "a header lacks its proof of work", Blame::Discourage});
  } else if (is_full(message)) {
    const HeaderPresync::Task task{with_.network, parent, work_wanted(), now.time};
    peer.presync = std::make_unique<HeaderPresync>(task, with_.random);
    feed_presync(id, peer, message, now, out);
  } else {
    finish(id, now, out);  // a chain of little work: nothing for us
  }
}

void HeaderSync::feed_presync(PeerId id, Peer& peer, const wire::Headers& message, Now now, Actions& out) {
  const auto size = is_full(message) ? HeaderPresync::Message::Full : HeaderPresync::Message::Last;
  const bool was_reading = peer.presync->phase() == HeaderPresync::Phase::Reading;
  HeaderPresync::Step step = peer.presync->take(message.headers, size);
  const bool is_over = peer.presync->phase() == HeaderPresync::Phase::Done;
  if (is_over) peer.presync.reset();
  if (!step.passed.empty()) {
    peer.may_have_more = is_over && size == HeaderPresync::Message::Full;
    out.push_back(HandInHeaders{id, std::move(step.passed)});
  }
  if (step.problem && was_reading) {
    // It showed another chain the first time.
    out.push_back(Disconnect{id, "its headers do not hold: " + *step.problem});
    finish(id, now, out);
  } else if (step.problem) {
    finish(id, now, out);  // it may be an honest peer that is far behind
  } else if (!is_over && step.ask_from) {
    peer.waits_since = now.moment;
    out.push_back(Send{id, wire::GetHeaders{{kProtocolVersion, {*step.ask_from}, {}}}});
  }
}

void HeaderSync::on_unknown_block(PeerId id, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end() || found->second.waits_since || found->second.presync != nullptr) return;
  ask(id, found->second, with_.chain.best_header(), now.moment, out);
}

void HeaderSync::on_placed(PeerId id, const Placed& placed, Now now, Actions& out) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  if (placed.last != nullptr) note_known(peer, placed.last);
  const bool is_of_compact = peer.compact_handed_in > 0;
  if (is_of_compact) --peer.compact_handed_in;
  if (placed.rejection) {
    const bool was_known = placed.rejection->error == consensus::BlockError::KnownInvalid ||
                           placed.rejection->error == consensus::BlockError::PreviousInvalid;
    if (is_of_compact && was_known) return finish(id, now, out);
    if (placed.rejection->what_it_condemns() == consensus::Condemns::Hash) {
      out.push_back(Disconnect{id, "invalid header: " + placed.rejection->reason(), Blame::Discourage});
      return;
    }
    // It comes from the future, by our clock, which may be the one that is wrong: who parts here with everybody is
    // alone.
    ask_again(id, now);
    peer.may_have_more = false;
    return finish(id, now, out);
  }
  if (peer.may_have_more && placed.last != nullptr) {
    peer.may_have_more = false;
    peer.waits_since = now.moment;
    out.push_back(Send{id, wire::GetHeaders{{kProtocolVersion, chain::make_locator(placed.last), {}}}});
    return;
  }
  if (peer.presync == nullptr) finish(id, now, out);
}

void HeaderSync::ask_again(PeerId id, Now now) {
  const auto found = peers_.find(id);
  if (found != peers_.end()) found->second.ask_again = now.moment + kAskAgainMs;
}

void HeaderSync::on_tick(Now now, Actions& out) {
  for (auto& [id, peer] : peers_) {
    if (peer.ask_again && now.moment >= *peer.ask_again) {
      peer.ask_again.reset();
      on_unknown_block(id, now, out);
    }
    if (!peer.waits_since || now.moment - *peer.waits_since < kAnswerTimeoutMs) continue;
    peer.waits_since.reset();
    if (asking_ != id) continue;
    out.push_back(Disconnect{id, "it does not answer getheaders"});
    asking_.reset();
  }
  // Somebody slow is better than nobody.
  const bool has_others =
      std::any_of(peers_.begin(), peers_.end(), [](const auto& one) { return !one.second.is_asked; });
  if (asking_ && has_others && now.moment >= asking_until_) {
    out.push_back(Disconnect{*asking_, "its headers come too slowly"});
    asking_.reset();
  }
  ask_next(now, out);
}

// Less than this is not worth the memory.
Work HeaderSync::work_wanted() const {
  const chain::Entry* tip = with_.chain.view()->tip();
  Work slack = work_of(tip->header.target);
  slack *= kWorthBlocks;
  const Work near = tip->chain_work > slack ? tip->chain_work - slack : Work{};
  return std::max(near, with_.minimum_work);
}

void HeaderSync::note_known(Peer& peer, const chain::Entry* entry) {
  if (peer.best_known == nullptr || peer.best_known->chain_work < entry->chain_work) peer.best_known = entry;
}

const chain::Entry* HeaderSync::best_known(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? nullptr : found->second.best_known;
}

std::size_t HeaderSync::presync_bytes(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() || found->second.presync == nullptr ? 0 : found->second.presync->memory_bytes();
}

Height HeaderSync::presync_height(PeerId id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() || found->second.presync == nullptr ? -1 : found->second.presync->height();
}

}  // namespace kepeng::gossip
