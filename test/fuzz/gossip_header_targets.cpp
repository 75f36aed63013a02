// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Peers that say anything about headers, to HeaderSync as a whole and to HeaderPresync with small numbers.

#include <deque>
#include <functional>
#include <map>
#include <set>

#include <kepeng/chain/header_tree.h>
#include <kepeng/consensus/rules.h>
#include <kepeng/gossip/header_sync.h>
#include <kepeng/wire/limits.h>

#include "fuzz.h"
#include "support/place_headers.h"

namespace kepeng::fuzz {
namespace {

using namespace gossip;

using Line = std::vector<BlockHeader>;

// Chains of headers that begin at genesis; a chain with less work than `enough` must leave no trace.
struct Headers {
  static constexpr std::size_t kEnough = 2'300;
  static constexpr std::size_t kWeakFrom = 1'500;

  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  Line honest = line({}, 2'600, 1);
  Line branch = line(first(honest, 900), 1'800, 2);
  Line weak = line(first(honest, kWeakFrom), 700, 3);
  Line early = line(first(honest, 2'400), 100, 4, -100'000);     // breaks the rule of the median
  Line future = line(first(honest, 2'400), 100, 5, 10'000'000);  // by our clock

  const Line& by_number(std::uint8_t number) const {
    const std::array all{&honest, &branch, &weak, &early, &future};
    return *all[number % all.size()];
  }
  BlockHeader genesis() const { return network.genesis->header(); }
  // A clock by which all but `future` have come by now.
  UnixTime now() const { return {genesis().time + 100'000}; }

  static Line first(const Line& line, std::size_t count) {
    return {line.begin(), line.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  Line line(Line from, std::size_t count, std::int32_t version, std::int64_t time_shift = 0) const {
    BlockHeader last = from.empty() ? genesis() : from.back();
    for (std::size_t i = 0; i < count; ++i) {
      BlockHeader header;
      header.version = 0x20000000 + version;
      header.previous = last.hash();
      header.time = static_cast<std::uint32_t>(last.time + 1 + (i == 0 ? time_shift : 0));
      header.target = last.target;
      while (!consensus::check_proof_of_work(header.hash(), header.target, network)) ++header.nonce;
      from.push_back(last = header);
    }
    return from;
  }
};
const Headers& world() {
  static const Headers one;
  return one;
}

Work work_of_chain(std::size_t blocks) {
  Work work = work_of(world().genesis().target);
  work *= blocks + 1;
  return work;
}

// What may follow `from` on this chain, as far as the input wants it.
Line piece_of(const Line& line, std::size_t at, std::size_t count) {
  at = std::min(at, line.size());
  const auto begin = line.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(count, line.size() - at))};
}

// --- header_sync -----------------------------------------------------------------------------------------------------

// A node that knows nothing but headers, and its peers.
class HeaderNode final : public ChainReader {
 public:
  HeaderNode() : tree_{world().network}, sync_{{*this, world().network, work_of_chain(Headers::kEnough), random_}} {
    view_ = chain::ChainView::make(tree_.genesis(), nullptr);
  }

  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override { return tree_.find(hash); }
  const chain::Entry* best_header() const override { return tree_.best_header(); }
  bool is_catching_up() const override { return true; }

  void connect(PeerId peer) {
    if (!peers_.insert(peer).second) return;
    with([&](Actions& out) {
      sync_.add_peer(peer, peer.number % 2 == 0 ? Direction::Inbound : Direction::Outbound, now(), out);
    });
  }
  void leave(PeerId peer) {
    if (peers_.erase(peer) == 0) return;
    asked_.erase(peer);
    with([&](Actions& out) { sync_.remove_peer(peer, now(), out); });
  }
  void say(PeerId peer, Line headers) {
    if (!peers_.contains(peer)) return;
    sent_ = 0;
    with([&](Actions& out) { sync_.on(peer, {std::move(headers)}, now(), out); });
    KP_ASSERT(sent_ <= 2);
    KP_ASSERT(sync_.presync_bytes(peer) <= kPresyncBytesMax);
  }
  // What a node with this chain says to the last question, if it was asked one.
  void answer(PeerId peer, const Line& line) {
    const auto found = asked_.find(peer);
    if (found == asked_.end()) return;
    const auto locator = std::move(found->second);
    asked_.erase(found);
    say(peer, piece_of(line, begin_of_answer(locator, line), wire::kHeadersMax));
  }
  void announce_unknown(PeerId peer) {
    with([&](Actions& out) { sync_.on_unknown_block(peer, now(), out); });
  }
  void pass(std::int64_t milliseconds) {
    moment_ = moment_ + milliseconds;
    with([&](Actions& out) { sync_.on_tick(now(), out); });
  }
  // The tree takes its time.
  void place_one() {
    if (handed_in_.empty()) return;
    const HandInHeaders handed = std::move(handed_in_.front());
    handed_in_.pop_front();
    const auto placed = test::place_headers(tree_, handed.headers, now().time);
    with([&](Actions& out) { sync_.on_placed(handed.peer, placed, now(), out); });
  }
  bool is_asked(PeerId peer) const { return asked_.contains(peer); }

  // Whatever was said: no weak chain is kept.
  void check() const {
    for (std::size_t at = Headers::kWeakFrom; at < world().weak.size(); at += 100) {
      KP_ASSERT(tree_.find(world().weak[at].hash()) == nullptr);
    }
  }
  // And an honest peer that comes now is heard to its end.
  void hear_honest_peer() {
    const PeerId honest{100};
    const BlockHash goal = world().honest.back().hash();
    connect(honest);
    for (int turns = 0; turns < 40 && tree_.find(goal) == nullptr; ++turns) {
      while (!handed_in_.empty()) place_one();
      if (!is_asked(honest)) pass(121'000);
      answer(honest, world().honest);
    }
    while (!handed_in_.empty()) place_one();
    KP_ASSERT(tree_.find(goal) != nullptr && peers_.contains(honest));
  }

 private:
  // What it must keep ahead, 48 bytes each, and the bits.
  static constexpr std::size_t kPresyncBytesMax = (15'218 + wire::kHeadersMax) * 48 + (64 << 10);

  Now now() const { return {moment_, {world().now().seconds + moment_.ms / 1000}}; }

  static std::size_t begin_of_answer(const std::vector<BlockHash>& locator, const Line& line) {
    static const std::map<const Line*, std::map<BlockHash, std::size_t>> places = [] {
      std::map<const Line*, std::map<BlockHash, std::size_t>> all;
      for (std::uint8_t i = 0; i < 5; ++i) {
        const Line& one = world().by_number(i);
        for (std::size_t at = 0; at < one.size(); ++at) all[&one][one[at].hash()] = at + 1;
      }
      return all;
    }();
    for (const BlockHash& hash : locator) {
      const auto found = places.at(&line).find(hash);
      if (found != places.at(&line).end()) return found->second;
    }
    return 0;
  }
  template <class F>
  void with(F&& act) {
    Actions out;
    act(out);
    for (auto& action : out) {
      if (auto* send = std::get_if<Send>(&action)) {
        asked_[send->peer] = std::get<wire::GetHeaders>(send->message).locator.hashes;
        KP_ASSERT(!asked_[send->peer].empty() && peers_.contains(send->peer));
        ++sent_;
      } else if (auto* handed = std::get_if<HandInHeaders>(&action)) {
        KP_ASSERT(!handed->headers.empty());
        handed_in_.push_back(std::move(*handed));
      } else {
        const auto& parting = std::get<Disconnect>(action);
        KP_ASSERT(!parting.reason.empty());
        leave(parting.peer);
      }
    }
  }

  Prng random_{7};
  chain::HeaderTree tree_;
  std::shared_ptr<const chain::ChainView> view_;
  HeaderSync sync_;
  std::set<PeerId> peers_;
  std::map<PeerId, std::vector<BlockHash>> asked_;
  std::deque<HandInHeaders> handed_in_;
  Moment moment_{1'000};
  std::size_t sent_ = 0;
};

enum Op : std::uint8_t { kConnect, kLeave, kAnswer, kSome, kSpoiled, kUnknown, kTime, kPlace, kOps };

void act(HeaderNode& node, Input& fields) {
  const std::uint8_t op = fields.take() % kOps;
  const PeerId peer{fields.take() % 4u};
  switch (op) {
    case kConnect:
      return node.connect(peer);
    case kLeave:
      return node.leave(peer);
    case kAnswer:
      return node.answer(peer, world().by_number(fields.take()));
    case kSome:
    case kSpoiled: {
      const Line& line = world().by_number(fields.take());
      const std::size_t at = fields.take<std::uint16_t>() % (line.size() + 1);
      Line some = piece_of(line, at, fields.flip() ? wire::kHeadersMax : fields.take());
      if (op == kSpoiled && !some.empty()) {
        BlockHeader& header = some[fields.take<std::uint16_t>() % some.size()];
        auto raw = header.encode();
        raw[fields.take() % raw.size()] ^= fields.take();
        header = BlockHeader::decode(raw.data());
      }
      return node.say(peer, std::move(some));
    }
    case kUnknown:
      return node.announce_unknown(peer);
    case kTime:
      return node.pass(fields.take<std::uint16_t>() * 4);
    default:
      return node.place_one();
  }
}

Seeds header_sync_seeds() {
  Seeds seeds;
  for (std::uint8_t chain = 0; chain < 5; ++chain) {
    Bytes all{0, kConnect, 0, kConnect, 1, kUnknown, 2};
    for (int i = 0; i < 7; ++i) append(all, Bytes{kAnswer, 0, chain, kPlace, 0});
    append(all, Bytes{kTime, 0, 0xff, 0xff, kAnswer, 1, 0, kSome, 1, chain, 0xd0, 0x07, 1});
    append(all, Bytes{kSpoiled, 1, chain, 0x60, 0x09, 0, 40, 7, 0, 70, 1, kPlace, 0, kLeave, 0});
    seeds.push_back(all);
  }
  // Another chain than the one that was counted.
  seeds.push_back({0, kConnect, 0, kAnswer, 0, 0, kAnswer, 0, 0, kAnswer, 0, 1, kAnswer, 0, 1, kPlace, 0});
  return seeds;
}

// P-10: what peers say costs bounded memory, and keeps nobody from the chain with the most work.
FUZZ_TARGET(header_sync, header_sync_seeds) {
  Input fields{input};
  const bool ends_well = fields.take() % 4 == 0;  // it takes its time
  HeaderNode node;
  for (int acts = 0; acts < 60 && !fields.empty(); ++acts) act(node, fields);
  node.check();
  if (ends_well) node.hear_honest_peer();
}

// --- header_presync --------------------------------------------------------------------------------------------------

Seeds header_presync_seeds() {
  const Bytes numbers{6, 30, 100, 9};
  Bytes whole = numbers;
  Bytes other = numbers;
  for (int i = 0; i < 30; ++i) {
    append(whole, Bytes{0, 99});
    append(other, Bytes{static_cast<std::uint8_t>(i < 14 ? 0 : 1), 99});
  }
  Bytes spoiled = whole;
  append(spoiled, Bytes{0x82, 99, 7, 0, 3});
  return {whole, other, spoiled, numbers};
}

// What is passed on is one chain from its beginning on, and without a header more than was proven.
FUZZ_TARGET(header_presync, header_presync_seeds) {
  Input fields{input};
  PresyncNumbers numbers;
  numbers.period = 1u + fields.take() % 16;
  numbers.look_ahead = fields.take();
  const std::size_t needed = 10u * fields.take();
  const std::int64_t seconds = 40 * fields.take();
  const chain::HeaderTree tree{world().network};
  Prng random{fields.take()};
  HeaderPresync presync{
      {world().network, tree.genesis(), work_of_chain(needed), {world().genesis().time + seconds}}, random, numbers};
  BlockHash asked = tree.genesis()->hash;
  BlockHash passed = asked;
  std::size_t counted = 0;
  std::size_t passed_on = 0;
  for (int messages = 0; messages < 100 && !fields.empty(); ++messages) {
    const std::uint8_t how = fields.take();
    const Line& line = (how & 1) != 0 ? world().weak : world().honest;
    std::size_t at = 0;
    while (at < line.size() && line[at].previous != asked) ++at;
    Line some = piece_of(line, at, fields.take());
    if ((how & 0x80) != 0 && !some.empty()) {
      BlockHeader& header = some[fields.take() % some.size()];
      header.version += fields.take();
      header.nonce += fields.take();
    }
    const auto phase = presync.phase();
    const auto step = presync.take(some, (how & 2) != 0 ? HeaderPresync::Message::Last : HeaderPresync::Message::Full);
    counted += phase == HeaderPresync::Phase::Counting ? some.size() : 0;
    for (const BlockHeader& header : step.passed) {
      KP_ASSERT(header.previous == passed);
      passed = header.hash();
    }
    passed_on += step.passed.size();
    KP_ASSERT(step.passed.empty() || counted >= needed);
    KP_ASSERT(step.problem.has_value() <= (presync.phase() == HeaderPresync::Phase::Done));
    KP_ASSERT(presync.memory_bytes() <= sizeof presync + (numbers.look_ahead + 1) * 48 + counted);
    if (!step.ask_from) break;
    asked = *step.ask_from;
  }
  KP_ASSERT(passed_on == 0 || counted >= needed);
}

}  // namespace
}  // namespace kepeng::fuzz
