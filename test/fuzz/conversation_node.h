// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// A node for the target `conversation`: everything that talks, above a chain that knows places only, a mempool that
// judges by the name alone, and peers that may say anything. Carries out actions as a node would and stops the process
// when one of them makes no sense.
#pragma once

#include <kepeng/chain/header_tree.h>
#include <kepeng/gossip/conversations.h>
#include <kepeng/wire/limits.h>

#include "fuzz.h"
#include "support/place_headers.h"

namespace kepeng::fuzz {

class ConversationNode final : public gossip::ChainReader {
 public:
  using Actions = gossip::Actions;

  // `known`: the blocks that it has, in order.
  ConversationNode(const params::NetworkParams& network, std::span<const BlockPtr> known)
      : tree_{network}, network_{network} {
    tip_ = tree_.genesis();
    tip_->has_data = true;
    bodies_[tip_->hash] = network.genesis;
    view_ = chain::ChainView::make(tip_, nullptr);
    for (const BlockPtr& block : known) KP_ASSERT(!take(block));
    gossip::Conversations::Options options;
    options.self.services = wire::kNodeNetwork | wire::kNodeWitness | wire::kNodeBloom;
    options.has_mempool = options.self.wants_transactions = true;
    options.reachable = {wire::AddressNetwork::Ipv4, wire::AddressNetwork::Ipv6};
    talk_.emplace(gossip::Conversations::Dependencies{*this, network_, random_, nullptr, nullptr, &book_, &bans_},
                  std::move(options));
  }

  std::shared_ptr<const chain::ChainView> view() const override { return view_; }
  const chain::Entry* find(const BlockHash& hash) const override { return tree_.find(hash); }
  const chain::Entry* best_header() const override { return tree_.best_header(); }
  bool is_catching_up() const override { return is_catching_up_; }
  void set_catching_up(bool is_it) { is_catching_up_ = is_it; }

  void connect(std::uint64_t slot, gossip::ConnectionKind kind) {
    if (slots_.contains(slot)) return;
    const gossip::PeerId id{++ids_};
    slots_[slot] = id;
    peers_.insert(id);
    const auto number = static_cast<std::uint8_t>(slot);
    const gossip::Introduction who{kind, {wire::NetworkAddress::ipv4({9, number, 1, 1}), 8333}};
    with([&](Actions& out) { talk_->on_connected(id, who, now(), out); });
  }
  void disconnect(std::uint64_t slot) {
    const auto found = slots_.find(slot);
    if (found != slots_.end()) cut(found->second);
  }
  // What the answers amount to is bounded by what was said.
  void say(std::uint64_t slot, std::string_view name, ByteView payload) {
    const auto found = slots_.find(slot);
    if (found == slots_.end()) return;
    auto message = wire::decode(name, copy_of(payload));
    if (!message) return;
    sent_messages_ = sent_bytes_ = 0;
    const gossip::PeerId id = found->second;
    with([&](Actions& out) { talk_->on_message(id, std::move(*message), now(), out); });
    KP_ASSERT(sent_messages_ <= 64 && sent_bytes_ <= payload.size() * 64 + (256 << 10));
  }
  // Something makes room in the mempool.
  void evict() {
    if (pool_.empty()) return;
    const TxPtr tx = pool_.begin()->second;
    pool_.erase(pool_.begin());
    talk_->on_unpooled(pack(*tx), gossip::TransactionRelay::Removed::Otherwise);
  }
  void pass(std::int64_t milliseconds) {
    moment_ = moment_ + milliseconds;
    with([&](Actions& out) { talk_->on_tick(now(), out); });
  }
  void drain(std::uint64_t slot) {
    const auto found = slots_.find(slot);
    if (found == slots_.end()) return;
    const gossip::PeerId id = found->second;
    if (serves_.erase(id) != 0) with([&](Actions& out) { talk_->on_room(id, now(), out); });
    with([&](Actions& out) { talk_->on_drained(id, out); });
  }
  // As if it had been mined here.
  void find_block(const BlockPtr& block) {
    if (take(block)) return;
    with([&](Actions& out) { talk_->on_tip(now(), out); });
  }
  void check() const {
    const auto facts = talk_->peers(now().moment);
    KP_ASSERT(facts.size() == peers_.size());
    for (const auto& one : facts) KP_ASSERT(peers_.contains(one.peer) && one.in_flight.size() <= 16);
  }

 private:
  gossip::Now now() const { return {moment_, {1'296'688'602 + 20'000 + moment_.ms / 1000}}; }

  std::optional<consensus::BlockRejection> take(const BlockPtr& block) {
    const auto placed = tree_.place(block->header(), now().time);
    if (!placed) return placed.error();
    const chain::Entry* entry = *placed;
    entry->has_data = true;
    bodies_[entry->hash] = block;
    for (const chain::Entry* walk = entry; walk != nullptr; walk = walk->parent) {
      if (!walk->has_data) return std::nullopt;
    }
    if (entry->chain_work > tip_->chain_work) view_ = chain::ChainView::make(tip_ = entry, view_);
    return std::nullopt;
  }
  template <class F>
  void with(F&& act) {
    Actions out;
    act(out);
    for (auto& action : out) std::visit([&](auto& what) { carry_out(what); }, action);
  }
  void cut(gossip::PeerId id) {
    if (peers_.erase(id) == 0) return;
    std::erase_if(slots_, [&](const auto& slot) { return slot.second == id; });
    serves_.erase(id);
    with([&](Actions& out) { talk_->on_disconnected(id, now(), out); });
  }

  void carry_out(gossip::Send& send) {
    const Bytes payload = wire::encode(send.message);
    KP_ASSERT(payload.size() <= wire::kPayloadBytesMax);
    KP_ASSERT(wire::decode(wire::name_of(send.message), payload).ok());  // we say nothing that we would not take
    ++sent_messages_;
    sent_bytes_ += payload.size();
  }
  void carry_out(gossip::Disconnect& parting) {
    KP_ASSERT(!parting.reason.empty());
    cut(parting.peer);
  }
  void carry_out(gossip::HandInHeaders& handed) {
    const auto placed = test::place_headers(tree_, handed.headers, now().time);
    with([&](Actions& out) { talk_->on_headers_placed(handed.peer, placed, now(), out); });
  }
  void carry_out(gossip::HandInBlock& handed) {
    const auto rejection = take(handed.block);
    with([&](Actions& out) {
      talk_->on_block_taken(handed.peer, handed.block->hash(), rejection, now(), out);
      talk_->on_tip(now(), out);
    });
  }
  gossip::Judgement judge(const TxPtr& tx) {
    using gossip::Judgement;
    if (pool_.contains(tx->txid)) return Judgement::AlreadyHere;
    for (const TxIn& input : tx->inputs) {
      const bool is_confirmed = input.prevout.txid.bytes[1] % 2 == 0;
      if (!is_confirmed && !pool_.contains(input.prevout.txid)) return Judgement::MissingInputs;
    }
    constexpr std::array kVerdicts{Judgement::Accepted,      Judgement::Accepted,     Judgement::Accepted,
                                   Judgement::FeeTooLow,     Judgement::WitnessFault, Judgement::Refused,
                                   Judgement::RefusedAnyhow, Judgement::NotJudged};
    const Judgement verdict = kVerdicts[tx->txid.bytes[0] % kVerdicts.size()];
    if (verdict == Judgement::Accepted) let_in(tx);
    return verdict;
  }
  void let_in(const TxPtr& tx) {
    pool_[tx->txid] = tx;
    talk_->on_pooled({pack(*tx), tx->txid.bytes[2] * 10, tx->txid.bytes[4] * 20, tx->txid.bytes[3] % 2 == 0,
                      tx->txid.bytes[5] % 4 != 0});
  }
  void carry_out(gossip::HandInTransaction& handed) {
    KP_ASSERT(++handed_in_ < 100'000);
    const auto verdict = judge(handed.tx);
    with([&](Actions& out) { talk_->on_transaction_judged(handed.peer, handed.tx, verdict, now(), out); });
  }
  void carry_out(gossip::HandInPackage& handed) {
    const auto& ids = handed.parent->txid;
    KP_ASSERT(std::any_of(handed.child->inputs.begin(), handed.child->inputs.end(),
                          [&](const TxIn& input) { return input.prevout.txid == ids; }));
    constexpr std::array kVerdicts{gossip::Judgement::Accepted, gossip::Judgement::Accepted,
                                   gossip::Judgement::MissingInputs, gossip::Judgement::FeeTooLow,
                                   gossip::Judgement::Refused};
    const gossip::Judgement verdict = kVerdicts[handed.child->txid.bytes[0] % kVerdicts.size()];
    if (verdict == gossip::Judgement::Accepted) {
      for (const TxPtr& tx : {handed.parent, handed.child}) {
        if (!pool_.contains(tx->txid)) let_in(tx);
      }
    }
    with([&](Actions& out) {
      talk_->on_package_judged({handed.parent, handed.child, gossip::Judgement::FeeTooLow, verdict}, out);
    });
  }
  void carry_out(gossip::NoteAskedFor& noted) { KP_ASSERT(pool_.contains(noted.txid)); }
  void carry_out(gossip::ServeBlock& serve) {
    if (!peers_.contains(serve.peer)) return;
    const BlockPtr block = bodies_.at(serve.entry->hash);
    serves_.insert(serve.peer);
    if (serve.shape == gossip::ServeBlock::Shape::Filtered) {
      with([&](Actions& out) { talk_->on_block_read(serve.peer, block, out); });
    }
  }

  chain::HeaderTree tree_;
  const params::NetworkParams& network_;
  Prng random_{7};
  gossip::AddressBook book_{{crypto::Hash32{1}, Prng{1}}, gossip::AddressGroups{}};
  gossip::BanList bans_{{1, 2}};
  const chain::Entry* tip_ = nullptr;
  std::shared_ptr<const chain::ChainView> view_;
  std::unordered_map<BlockHash, BlockPtr, BlockHashHasher> bodies_;
  std::optional<gossip::Conversations> talk_;
  std::map<std::uint64_t, gossip::PeerId> slots_;
  std::set<gossip::PeerId> peers_;
  std::set<gossip::PeerId> serves_;
  std::map<Txid, TxPtr> pool_;
  std::size_t handed_in_ = 0;
  std::uint64_t ids_ = 0;
  gossip::Moment moment_{1'000};
  bool is_catching_up_ = false;
  std::size_t sent_messages_ = 0;
  std::size_t sent_bytes_ = 0;
};

}  // namespace kepeng::fuzz
