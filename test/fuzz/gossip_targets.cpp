// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/asmap.h>
#include <kepeng/gossip/orphanage.h>
#include <kepeng/gossip/private_broadcast.h>
#include <kepeng/gossip/transaction_requests.h>
#include <kepeng/primitives/mutable_transaction.h>

#include "conversation_node.h"
#include "fuzz.h"
#include "support/chain_builder.h"

namespace kepeng::fuzz {
namespace {

using namespace gossip;

constexpr UnixTime kNow{1'800'000'000};

// RETURN 1; JUMP, RETURN 1, RETURN 2; DEFAULT 3, MATCH, RETURN 1.
Seeds asmap_seeds() {
  return {{0, 0, 0}, {0x01, 0, 0, 0, 0, 0x02}, {0x07, 0, 0x32, 0, 0}, {0x07, 0, 0x32, 0, 0, 0}};
}

// The sanity check is the proof that no address leads the interpreter astray.
FUZZ_TARGET(asmap, asmap_seeds) {
  const auto map = bounded_by(input.size(), 3, [&] { return Asmap::parse(copy_of(input)); });
  if (!map) {
    KP_ASSERT(!map.error().empty());
    return;
  }
  wire::NetworkAddress::V1 ip{};
  map->lookup(ip);
  for (std::size_t i = 0; i < ip.size() * 8; ++i) {
    ip[i / 8] = static_cast<std::uint8_t>(ip[i / 8] | 0x80u >> (i % 8));
    map->lookup(ip);
  }
  for (std::size_t i = 0; i < ip.size(); ++i) ip[i] = static_cast<std::uint8_t>(i < input.size() ? input[i] : i * 37);
  map->lookup(ip);
}

// --- conversation ----------------------------------------------------------------------------------------------------

// 12 blocks and a branch of 4 from the 6th on; the node knows the first 8. And messages about them, with which inputs
// begin that get further than into the codec.
struct World {
  params::NetworkParams network = params::make_network({.network = params::Network::Regtest}).value();
  std::vector<BlockPtr> blocks;
  std::vector<BlockPtr> branch;
  std::vector<std::pair<std::string_view, Bytes>> samples;

  World() {
    test::ChainBuilder chain{network};
    chain.extend_by(12);
    blocks = {chain.blocks().begin() + 1, chain.blocks().end()};
    chain.rewind_to(6);
    chain.extend_by(4);
    branch = {chain.blocks().begin() + 7, chain.blocks().end()};
    const auto add = [&](const wire::Message& message) {
      samples.emplace_back(wire::name_of(message), wire::encode(message));
    };
    wire::Version version;
    version.protocol = 70'016;
    version.services = 9;
    add(version);
    for (const wire::Message& message : std::initializer_list<wire::Message>{
             wire::Verack{}, wire::WtxidRelay{}, wire::SendAddrV2{}, wire::SendHeaders{}, wire::GetAddr{},
             wire::SendCmpct{wire::AnnounceMode::HighBandwidth, 2}, wire::Ping{7}, wire::Mempool{},
             wire::FilterClear{}})
      add(message);
    for (const auto* some : {&blocks, &branch}) add_chain(*some, add);
    add_transactions(chain, add);
  }
  // A line of them, some of which nobody has; two that spend the same.
  template <class F>
  static void add_transactions(const test::ChainBuilder& chain, const F& add) {
    using wire::InventoryItem;
    using wire::InventoryType;
    test::OwnedCoin coin = chain.coinbase_coin(1);
    for (std::int64_t i = 0; i < 6; ++i) {
      for (const std::int64_t fee : {1'000, 2'000}) {
        const TxPtr tx = chain.key().spend({coin}, {{{coin.value.sats - fee}, chain.key().p2wpkh()}}).freeze();
        add(wire::TxMessage{tx});
        add(wire::Inv{{InventoryItem::of(InventoryType::Wtx, tx->wtxid)}});
        add(wire::Inv{{InventoryItem::of(InventoryType::Tx, tx->txid)}});
        add(wire::GetData{{InventoryItem::of(InventoryType::Wtx, tx->wtxid)}});
        add(wire::NotFound{{InventoryItem::of(InventoryType::WitnessTx, tx->txid)}});
        if (fee == 2'000) coin = chain.coin(*tx, 0);
      }
    }
    add(wire::FeeFilter{Amount{1'500}});
  }
  template <class F>
  static void add_chain(const std::vector<BlockPtr>& chain, const F& add) {
    using wire::InventoryItem;
    using wire::InventoryType;
    wire::Headers headers;
    wire::BlockLocator locator{70'016, {}, {}};
    for (const BlockPtr& block : chain) {
      headers.headers.push_back(block->header());
      locator.hashes.insert(locator.hashes.begin(), block->hash());
      add(wire::BlockMessage{block});
      add(wire::make_compact_block(block, 1));
      add(wire::Inv{{InventoryItem::of(InventoryType::Block, block->hash())}});
      add(wire::GetBlockTxn{block->hash(), {0}});
      for (const auto type : {InventoryType::WitnessBlock, InventoryType::FilteredBlock, InventoryType::CompactBlock})
        add(wire::GetData{{InventoryItem::of(type, block->hash())}});
      add(wire::NotFound{{InventoryItem::of(InventoryType::WitnessBlock, block->hash())}});
    }
    add(headers);
    add(wire::GetHeaders{locator});
    add(wire::GetBlocks{locator});
  }
};
const World& world() {
  static const World one;
  return one;
}

// What a byte of an input means.
enum Op : std::uint8_t { kConnect, kLeave, kSample, kSpoiled, kAnything, kTime, kDrain, kMine, kCatchUp, kOps };

void act(ConversationNode& node, Input& fields) {
  const std::uint8_t op = fields.take() % kOps;
  const std::uint64_t slot = fields.take() % 4;
  switch (op) {
    case kConnect:
      return node.connect(slot, static_cast<gossip::ConnectionKind>(fields.take() % 6));
    case kLeave:
      return node.disconnect(slot);
    case kSample:
    case kSpoiled: {
      auto [name, payload] = world().samples[fields.take() % world().samples.size()];
      if (op == kSpoiled && !payload.empty()) payload[fields.take<std::uint16_t>() % payload.size()] ^= fields.take();
      return node.say(slot, name, payload);
    }
    case kAnything: {
      const auto table = wire::message_table();
      const std::string_view name = table[fields.take() % table.size()].name;
      return node.say(slot, name, fields.chunk());
    }
    case kTime:
      if (slot == 3) node.evict();
      return node.pass(fields.take<std::uint16_t>() * 20);
    case kDrain:
      return node.drain(slot);
    case kMine:
      return node.find_block(world().blocks[8 + slot]);
    default:
      return node.set_catching_up(fields.flip());
  }
}

Seeds conversation_seeds() {
  Bytes all;
  for (std::uint8_t slot = 0; slot < 3; ++slot) {
    append(all, Bytes{kConnect, slot, static_cast<std::uint8_t>(5 - slot)});  // one that calls, two that are called
    for (const std::uint8_t sample : {0, 2, 3, 1}) append(all, Bytes{kSample, slot, sample});
  }
  for (std::size_t i = 4; i < world().samples.size(); ++i) {
    append(all, Bytes{kSample, static_cast<std::uint8_t>(i % 3), static_cast<std::uint8_t>(i)});
    if (i % 8 == 0) append(all, Bytes{kTime, 0, 100, 0, kDrain, static_cast<std::uint8_t>(i % 3)});
  }
  append(all, Bytes{kMine, 0, kMine, 1, kLeave, 0, kCatchUp, 0, 1, kTime, 0, 0xff, 0xff});
  return {all};
}

FUZZ_TARGET(conversation, conversation_seeds) {
  Input fields{input};
  ConversationNode node{world().network, std::span{world().blocks}.first(8)};
  for (int acts = 0; acts < 300 && !fields.empty(); ++acts) act(node, fields);
  node.check();
}

// --- orphanage -------------------------------------------------------------------------------------------------------

// Transactions of several sizes: each spends two coins, some an output of the one before.
const std::vector<TxPtr>& orphans() {
  static const std::vector<TxPtr> all = [] {
    std::vector<TxPtr> made;
    for (std::uint8_t i = 0; i < 64; ++i) {
      MutableTransaction tx;
      Txid coin;
      coin.bytes[0] = i / 2;  // two conflict
      tx.inputs.push_back({{coin, 0}, {}, 0, {Bytes{1}}});
      if (i % 3 != 0) tx.inputs.push_back({{made.back()->txid, i % 2u}, {}, 0, {}});
      for (int more = 0; i % 16 == 7 && more < 40; ++more) {
        tx.inputs.push_back({{coin, static_cast<std::uint32_t>(2 + more)}, {}, 0, {}});
      }
      for (int outputs = 0; outputs < 2; ++outputs) tx.outputs.push_back({Amount{i}, Bytes(i % 8 == 5 ? 2'000 : 9)});
      made.push_back(tx.freeze());
    }
    return made;
  }();
  return all;
}

// What an orphanage must hold: who has brought what, in the order in which they came.
struct PlainOrphanage {
  std::map<Wtxid, std::set<PeerId>> from;

  void check_against(const Orphanage& real, const OrphanageLimits& limits) const {
    std::map<PeerId, std::uint64_t> weights;
    std::uint64_t weight = 0;
    std::size_t score = 0;
    for (const auto& orphan : real.all()) {
      const auto known = from.find(orphan.tx->wtxid);
      KP_ASSERT(!orphan.from.empty() && known != from.end());
      KP_ASSERT(std::includes(known->second.begin(), known->second.end(), orphan.from.begin(), orphan.from.end()));
      KP_ASSERT(real.find(orphan.tx->wtxid) == orphan.tx && real.announcers(orphan.tx->wtxid) == orphan.from);
      for (const PeerId peer : orphan.from) {
        weights[peer] += orphan.tx->weight();
        weight += orphan.tx->weight();
        score += 1 + orphan.tx->inputs.size() / 10;
      }
    }
    for (std::uint64_t peer = 0; peer < 8; ++peer) KP_ASSERT(real.weight_of({peer}) == weights[{peer}]);
    KP_ASSERT(score <= limits.score_max && weight <= limits.weight_per_peer * weights.size());
  }
};

Seeds orphanage_seeds() {
  Bytes many{40, 0};
  for (std::uint8_t i = 0; i < 64; ++i) append(many, Bytes{static_cast<std::uint8_t>(i % 2), i, i});
  append(many, Bytes{2, 3, 0, 3, 0, 1, 4, 0, 7});
  return {many, {2, 0, 0, 1, 1, 1, 1, 2, 0, 2, 3}, {255, 0, 0, 5, 1, 5, 5, 0, 4, 0, 5}};
}

// P-14: within its bounds whatever comes, and nobody within his share loses anything by what others bring.
FUZZ_TARGET(orphanage, orphanage_seeds) {
  Input fields{input};
  const OrphanageLimits limits{.weight_per_peer = 5'000u + 100u * fields.take(), .score_max = 10u + fields.take()};
  Orphanage real{limits};
  PlainOrphanage plain;
  while (!fields.empty()) {
    const std::uint8_t op = fields.take() % 5;
    const PeerId peer{fields.take() % 8u};
    const TxPtr& tx = orphans()[fields.take() % orphans().size()];
    const bool was_here = real.contains(tx->wtxid);
    std::map<PeerId, std::uint64_t> before;
    for (std::uint64_t other = 0; other < 8; ++other) before[{other}] = real.weight_of({other});
    if (op == 0) {
      KP_ASSERT(real.add(tx, peer) == !was_here);
      plain.from[tx->wtxid].insert(peer);
    } else if (op == 1) {
      KP_ASSERT(real.add_announcer(tx->wtxid, peer) == was_here);
      if (was_here) plain.from[tx->wtxid].insert(peer);
    } else if (op == 2) {
      real.remove(tx->wtxid);
      KP_ASSERT(!real.contains(tx->wtxid));
      plain.from.erase(tx->wtxid);
    } else if (op == 3) {
      real.remove_peer(peer);
      KP_ASSERT(real.weight_of(peer) == 0);
      for (auto& [wtxid, from] : plain.from) from.erase(peer);
    } else {
      real.remove_confirmed({tx.get(), 1});
      for (const TxPtr& other : orphans()) {
        const bool spends_the_same = std::any_of(other->inputs.begin(), other->inputs.end(), [&](const TxIn& one) {
          return std::any_of(tx->inputs.begin(), tx->inputs.end(),
                             [&](const TxIn& two) { return one.prevout == two.prevout; });
        });
        if (spends_the_same) KP_ASSERT(!real.contains(other->wtxid));
      }
    }
    plain.check_against(real, limits);
    for (const TxPtr& child : real.children_of(*tx)) KP_ASSERT(real.contains(child->wtxid));
  }
}

// --- requests --------------------------------------------------------------------------------------------------------

Seeds requests_seeds() {
  Bytes talk;
  for (std::uint8_t i = 0; i < 60; ++i) append(talk, Bytes{static_cast<std::uint8_t>(i % 2), i, i, 0});
  append(talk, Bytes{3, 0, 0, 30, 2, 1, 1, 0, 3, 0, 0, 255, 3, 0, 0, 255, 5, 2, 0, 0, 4, 0, 9, 0});
  return {talk, {0, 0, 0, 0, 3, 0, 0, 255, 1, 0, 0, 0, 3, 0, 0, 40}};
}

// P-12: nobody is asked more often than he has announced, and a transaction is asked of one at a time.
struct RequestsCheck {
  TransactionRequests real{{7, 9}};
  Moment now{1};
  std::set<std::pair<std::uint8_t, PeerId>> announced{};          // and neither asked for nor taken back since
  std::map<std::uint8_t, std::pair<PeerId, Moment>> in_flight{};  // whom it was asked of, and when

  static TransactionName name_of(std::uint8_t number) { return {crypto::Hash32{number}, number % 4 != 0}; }
  template <class F>
  void drop(F&& is_gone) {
    std::erase_if(announced, [&](const auto& item) { return is_gone(item.first, item.second); });
    std::erase_if(in_flight, [&](const auto& item) { return is_gone(item.first, item.second.first); });
  }
  void ask_all() {
    std::size_t total = 0;
    for (std::uint64_t number = 0; number < 6; ++number) {
      const PeerId peer{number};
      for (const TransactionName& name : real.due(peer, now)) {
        const std::uint8_t which = name.hash[0];
        KP_ASSERT(name == name_of(which) && announced.erase({which, peer}) == 1);
        const auto before = in_flight.find(which);
        KP_ASSERT(before == in_flight.end() || now - before->second.second >= 60'000);
        in_flight[which] = {peer, now};
      }
      KP_ASSERT(real.in_flight(peer) <= real.announced(peer));
      total += real.announced(peer);
    }
    KP_ASSERT(real.size() == total && total <= 6 * 32);
  }
};

FUZZ_TARGET(transaction_requests, requests_seeds) {
  Input fields{input};
  RequestsCheck check;
  using Standing = TransactionRequests::Standing;
  for (std::uint64_t i = 0; i < 6; ++i) check.real.add_peer({i}, static_cast<Standing>(i % 3));
  while (!fields.empty()) {
    const std::uint8_t op = fields.take() % 6;
    const PeerId peer{fields.take() % 6u};
    const std::uint8_t which = fields.take() % 32;
    const TransactionName name = RequestsCheck::name_of(which);
    const std::uint8_t time = fields.take();
    if (op <= 1) {
      check.real.on_announced(peer, name, check.now);
      check.announced.emplace(which, peer);
    } else if (op == 2) {
      check.real.on_answered(peer, name);
      check.drop([&](std::uint8_t number, PeerId from) { return number == which && from == peer; });
    } else if (op == 3) {
      check.now = check.now + 10 * time;
    } else if (op == 4) {
      check.real.forget(name);
      check.drop([&](std::uint8_t number, PeerId) { return number == which; });
    } else {
      check.real.remove_peer(peer);
      check.real.add_peer(peer, static_cast<Standing>(time % 3));
      check.drop([&](std::uint8_t, PeerId from) { return from == peer; });
    }
    check.ask_all();
  }
  // Whatever was going on: after a while of silence nobody owes anything.
  for (int minutes = 0; minutes < 20; ++minutes) {
    check.now = check.now + 64'000;
    check.ask_all();
  }
  for (std::uint64_t i = 0; i < 6; ++i) KP_ASSERT(check.real.in_flight({i}) == 0);
  KP_ASSERT(check.real.size() == 0);
}

// --- private broadcast -----------------------------------------------------------------------------------------------

// Peers that say anything at all; whoever has been told something was told only what belongs to it.
Seeds private_broadcast_seeds() {
  Bytes good{0, 0, 0, 1};  // a transaction; then one call after another, from the first word to the last
  for (std::uint8_t i = 0; i < 3; ++i) append(good, Bytes{1, 0, 2, i, 3, i, 4, i, 5, i, 6, i});
  append(good, Bytes{8, 200, 9, 0, 1, 0, 7, 0, 10, 0});
  return {good, {0, 0, 0, 1, 1, 0, 2, 0, 11, 0, 3, 0}};
}

class PrivateCheck {
 public:
  PrivateCheck() {
    for (std::uint8_t i = 0; i < 12; ++i) {
      const wire::Endpoint at{wire::NetworkAddress::ipv4({8, i, 1, 1}), 8333};
      book_.add({{static_cast<std::uint32_t>(kNow.seconds), 9, at}, at.address}, kNow);
    }
  }
  void act(std::uint8_t op, std::uint8_t what) {
    const PeerId peer{1 + what % std::max<std::uint64_t>(last_, 1)};
    const auto& tx = orphans()[what % 4];
    switch (op % 12) {
      case 0:
        one_.add(tx, now_.time);
        break;
      case 1:
        if (const auto known = one_.next_call(view_, now_)) {
          ++last_;
          one_.on_calling({last_}, known->entry.endpoint, last_, now_.moment);
        }
        break;
      case 2:
        one_.on_connected(peer, out_);
        break;
      case 3:
        tell(peer, wire::Version{.protocol = 70'016, .relay = what % 8 != 7});
        break;
      case 4:
        tell(peer, wire::Verack{});
        break;
      case 5:
        tell(peer, wire::GetData{{offered_.contains(peer) ? offered_[peer] : wire::InventoryItem{}}});
        break;
      case 6:
        tell(peer, wire::Pong{pings_.contains(peer) ? pings_[peer] : what});
        break;
      case 7:
        one_.on_disconnected(peer, now_);
        break;
      case 8:
        now_.moment = now_.moment + 1'000 * what;
        now_.time.seconds += what;
        one_.on_tick(now_, out_);
        break;
      case 9:
        for (const TxPtr& due : one_.take_due_for_review(now_.time)) {
          one_.on_reviewed(due->wtxid, static_cast<PrivateBroadcast::Review>(what % 3), now_.time);
        }
        break;
      case 10:
        what % 2 == 0 ? void(one_.on_seen(tx->wtxid)) : void(one_.abort(tx->txid.bytes));
        break;
      default:
        tell(peer, any(what));
    }
    check();
  }

 private:
  static wire::Message any(std::uint8_t what) {
    const auto& [name, payload] = world().samples[what % world().samples.size()];
    auto message = wire::decode(name, payload);
    return message ? std::move(*message) : wire::Message{wire::GetAddr{}};
  }
  void tell(PeerId peer, const wire::Message& message) { one_.on_message(peer, message, now_, out_); }
  void check() {
    for (const Action& action : std::exchange(out_, {})) {
      const auto* said = std::get_if<Send>(&action);
      if (said == nullptr) continue;
      const std::string name{wire::name_of(said->message)};
      auto& words = said_[said->peer];
      words.push_back(name);
      KP_ASSERT(words.size() <= kWords.size() && std::equal(words.begin(), words.end(), kWords.begin()));
      if (const auto* inv = std::get_if<wire::Inv>(&said->message)) offered_[said->peer] = inv->items.at(0);
      if (const auto* ping = std::get_if<wire::Ping>(&said->message)) pings_[said->peer] = *ping->nonce;
    }
    KP_ASSERT(one_.connections() <= 64);
    for (const auto& report : one_.all()) KP_ASSERT(report.attempts_left <= 1'000 && report.peers.size() <= 100);
  }

  static constexpr std::array<std::string_view, 5> kWords{"version", "verack", "inv", "tx", "ping"};
  AddressBook book_{{crypto::Hash32{1}, Prng{1}}, AddressGroups{}};
  BanList bans_{{1, 2}};
  Prng random_{3};
  PrivateBroadcast one_{{book_, bans_, random_}};
  PrivateBroadcast::View view_{{wire::AddressNetwork::Ipv4}, {}};
  Now now_{{1}, kNow};
  Actions out_;
  std::uint64_t last_ = 0;
  std::map<PeerId, std::vector<std::string>> said_;
  std::map<PeerId, wire::InventoryItem> offered_;
  std::map<PeerId, std::uint64_t> pings_;
};

FUZZ_TARGET(private_broadcast, private_broadcast_seeds) {
  Input fields{input};
  PrivateCheck check;
  for (int acts = 0; acts < 400 && !fields.empty(); ++acts) {
    const std::uint8_t op = fields.take();
    check.act(op, fields.take());
  }
}

}  // namespace
}  // namespace kepeng::fuzz
