// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Conversations: everything a node says to its peers. Messages and moments in, actions out; no sockets, no clock.
//
// Here it is decided whose message it is; the conversations themselves have a file each: handshake, header_sync,
// block_download, block_serving, compact_blocks, address_relay, bloom_serving, filter_serving. Whoever drives it (a
// node with sockets, or a simulation) carries out the actions in their order and reports what came of them. One thread,
// the peer thread.
#pragma once

#include <map>
#include <set>

#include <kepeng/gossip/address_relay.h>
#include <kepeng/gossip/block_download.h>
#include <kepeng/gossip/block_serving.h>
#include <kepeng/gossip/bloom_serving.h>
#include <kepeng/gossip/compact_blocks.h>
#include <kepeng/gossip/filter_serving.h>
#include <kepeng/gossip/handshake.h>
#include <kepeng/gossip/header_sync.h>
#include <kepeng/gossip/peer_clocks.h>
#include <kepeng/gossip/permissions.h>
#include <kepeng/gossip/transaction_relay.h>

namespace kepeng::gossip {

// Who is at the other end, as the driver knows it.
struct Introduction {
  ConnectionKind kind = ConnectionKind::Inbound;
  wire::Endpoint address{};
  Permissions permissions{};
  // The network it is connected through, where that is not its address's: who calls our onion service has an address of
  // this machine.
  std::optional<wire::AddressNetwork> through{};
  // Hidden: a proxy stands between, so that neither side sees where the other is.
  enum class Way : std::uint8_t { Direct, Hidden } way = Way::Direct;
};

class Conversations {
 public:
  struct Dependencies {
    const ChainReader& chain;
    const params::NetworkParams& network;
    Prng& random;
    const TransactionSource* transactions = nullptr;  // for blocks to be put together from
    const FilterReader* filters = nullptr;            // null: none are offered
    // Where nodes are, and who is unwanted: both, or no addresses are exchanged.
    AddressBook* book = nullptr;
    const BanList* bans = nullptr;
  };
  struct Options {
    SelfPortrait self;
    Work minimum_work;
    DownloadLimits download;
    UploadTarget upload{};
    std::set<wire::AddressNetwork> reachable{};  // networks that we can connect to
    std::int64_t handshake_timeout_ms = kHandshakeTimeoutMs;
    bool has_mempool = false;  // its events come: transactions are relayed
    double announced_per_second = TransactionRelay::kAnnouncedPerSecond;
    std::size_t extra_transactions = CompactBlocks::kExtraMax;  // for compact blocks, outside the mempool
  };
  Conversations(const Dependencies& dependencies, Options options);

  using Now = gossip::Now;

  // --- connections
  void on_connected(PeerId peer, const Introduction& who, Now now, Actions& out);
  void on_disconnected(PeerId peer, Now now, Actions& out);
  void on_message(PeerId peer, wire::Message message, Now now, Actions& out);
  // The block that was served has left: there is room for another.
  void on_room(PeerId peer, Now now, Actions& out);
  // Nothing waits to be sent to the peer.
  void on_drained(PeerId peer, Actions& out);
  // A block that was to be read for a filter of the peer's.
  void on_block_read(PeerId peer, const BlockPtr& block, Actions& out);
  // About every 100 ms.
  void on_tick(Now now, Actions& out);
  // The operator wants to know how far away everybody is.
  void ping_all(Now now, Actions& out);
  // The operator wants this block of this peer. What is wrong with the wish, or nothing.
  std::optional<std::string> fetch_block(PeerId peer, const chain::Entry& entry, Now now, Actions& out);
  // Bytes of any kind that left, for the upload target.
  void note_sent(std::uint64_t bytes, UnixTime now) { serving_.note_sent(bytes, now); }
  // Somebody else of us says this nonce in a version: who shows it to us is ourselves.
  void add_nonce(std::uint64_t nonce) { our_nonces_.insert(nonce); }
  void remove_nonce(std::uint64_t nonce) { our_nonces_.erase(nonce); }
  // What we offer, which new peers are told: it changes when old blocks are to be had that were not, or the reverse.
  void set_services(wire::Services services);
  // Where others can reach us.
  void set_own_addresses(std::vector<wire::AddressEntry> own);
  // Whether we tell of ourselves at all. With a port, also what a peer says that our address is, to that peer, where we
  // know no better one: behind a router we do not see it ourselves.
  void set_telling(AddressRelay::Telling telling, std::optional<std::uint16_t> port);
  void set_reachable(const std::set<wire::AddressNetwork>& networks);

  // --- what came of actions, and what happens in the chain
  void on_headers_placed(PeerId peer, const HeaderSync::Placed& placed, Now now, Actions& out);
  void on_block_taken(PeerId peer, const BlockHash& hash, const std::optional<consensus::BlockRejection>& rejection,
                      Now now, Actions& out);
  // Found later, with its coins: the peer that brought it answers for it.
  void on_block_condemned(const BlockHash& hash, const consensus::BlockRejection& rejection, Actions& out);
  // The tip has moved.
  void on_tip(Now now, Actions& out);

  // --- what happens in the mempool
  void on_pooled(const PooledTransaction& pooled);
  void on_unpooled(const PackedTxPtr& tx, TransactionRelay::Removed why);
  void on_transaction_judged(PeerId peer, const TxPtr& tx, Judgement judgement, Now now, Actions& out);
  void on_package_judged(const TransactionRelay::Family& family, Actions& out);
  void set_minimum_fees(const TransactionRelay::MinimumFees& fees);
  // Its owner wants it to be heard of once more.
  void tell_again(const Wtxid& wtxid);

  // --- looking
  struct PeerFacts {
    PeerId peer;
    Introduction who;
    std::optional<PeerPortrait> portrait;
    bool is_ready = false;  // the handshake is over
    const chain::Entry* best_known = nullptr;
    std::vector<Height> in_flight;  // blocks that it was asked for
    Height presync_height = -1;     // how far its headers were counted, while that goes on
    struct Memory {
      std::size_t presync = 0;         // of its headers
      std::size_t compact_blocks = 0;  // of blocks that are being put together
      std::size_t requests = 0;        // of blocks that it waits for
      std::size_t unjudged = 0;        // its transactions that wait for the mempool
    } memory{};
    std::int64_t ping_ms = -1;
    std::int64_t ping_min_ms = -1;
    std::int64_t waits_for_pong_ms = -1;
    Moment connected;
    Moment last_block;  // that it brought first; zero: none
    bool wants_headers = false;
    bool announces_compact = false;       // to us, unasked (BIP152's high bandwidth)
    bool wants_compact = false;           // from us, unasked
    std::int64_t fee_filter_per_kvb = 0;  // BIP133, satoshi
    AddressRelay::Counts addresses;
    TransactionRelay::Counts transactions;
    Moment last_transaction;  // that it brought and that was taken; zero: none
  };
  std::vector<PeerFacts> peers(Moment now) const;
  std::vector<Orphanage::Orphan> orphans() const;
  TransactionRelay::Backlog backlog(TransactionRelay::Side side) const;
  // The mempool has so much of this peer's to judge that it should not be heard before some of it is judged (P-02).
  bool has_enough_waiting(PeerId peer) const;
  UploadTarget::Status upload(UnixTime now) const { return serving_.upload(now); }
  const PeerClocks& clocks() const { return clocks_; }

 private:
  struct Peer {
    Introduction who;
    SelfPortrait self;  // what it hears of us
    Handshake handshake;
    Moment connected;
    bool wants_headers = false;      // BIP130
    bool asked_for_headers = false;  // and we do
    std::uint64_t ping_nonce = 0;
    std::optional<Moment> ping_sent;
    Moment next_ping;
    std::int64_t ping_ms = -1;
    std::int64_t ping_min_ms = -1;
    const chain::Entry* announced = nullptr;  // the last block that it was told of
    Moment last_block{};
    std::int64_t fee_filter_per_kvb = 0;
    Moment last_transaction{};
  };
  // One message's surroundings.
  struct Talk {
    PeerId id;
    Peer& peer;
    Now now;
    Actions& out;

    void say(wire::Message message) const { out.push_back(Send{id, std::move(message)}); }
    void part(std::string reason, Blame blame = Blame::None) const {
      out.push_back(Disconnect{id, std::move(reason), blame});
    }
  };
  enum class Form : std::uint8_t { Whole, Compact };  // in which a block came
  struct Dispatch;                                    // which message goes to which of the following

  void on_ready(const Talk& talk);
  void note_services(const Talk& talk, const wire::Message& message);
  void join_address_relay(const Talk& talk);
  void join_transaction_relay(const Talk& talk);
  // A transaction's item of an inv; false when the peer has to go.
  bool take_announcement(const Talk& talk, const wire::InventoryItem& item);
  std::optional<wire::AddressEntry> our_address_by(const Peer& peer) const;
  void on(const Talk& talk, wire::Ping& message);
  void on(const Talk& talk, wire::Pong& message);
  void on(const Talk& talk, wire::SendHeaders& message);
  void on(const Talk& talk, wire::FeeFilter& message);
  void on(const Talk& talk, wire::Headers& message);
  void on(const Talk& talk, wire::Inv& message);
  void on(const Talk& talk, wire::GetData& message);
  void on(const Talk& talk, wire::NotFound& message);
  void on(const Talk& talk, wire::GetHeaders& message);
  void on(const Talk& talk, wire::GetBlocks& message);
  void on(const Talk& talk, wire::BlockMessage& message);
  void on(const Talk& talk, wire::TxMessage& message);
  void on(const Talk& talk, wire::Mempool& message);
  void on(const Talk& talk, wire::SendCmpct& message);
  void on(const Talk& talk, wire::CmpctBlock& message);
  void on(const Talk& talk, wire::GetBlockTxn& message);
  void on(const Talk& talk, wire::BlockTxn& message);
  void on(const Talk& talk, wire::GetAddr& message);
  void on(const Talk& talk, wire::Addr& message);
  void on(const Talk& talk, wire::AddrV2& message);
  void on(const Talk& talk, wire::FilterLoad& message);
  void on(const Talk& talk, wire::FilterAdd& message);
  void on(const Talk& talk, wire::FilterClear& message);
  void on(const Talk& talk, wire::GetCFilters& message);
  void on(const Talk& talk, wire::GetCFHeaders& message);
  void on(const Talk& talk, wire::GetCFCheckpt& message);

  void take_block(const Talk& talk, BlockPtr block, Form form);
  bool serve_of_tip(const Talk& talk, const wire::InventoryItem& item);
  void hear_filter_wish(const Talk& talk);
  SelfPortrait portrait_for(const Introduction& who) const;
  void end_needless(const Talk& talk, const chain::Entry& entry);
  bool takes_transactions(const Peer& peer) const;
  void end_address_fetch(const Talk& talk, std::size_t entries) const;
  bool offers_bloom(const Talk& talk) const;
  void pass_on_early(const chain::Entry& entry, Actions& out);
  void announce_compact(const chain::Entry& entry, Actions& out);
  bool has_block(PeerId id, const Peer& peer, const chain::Entry& entry) const;
  bool is_worth_taking(const BlockPtr& block) const;
  void ask_for_headers(const Talk& talk) const;
  void ping(const Talk& talk);
  void announce(PeerId id, Peer& peer, const chain::ChainView& view, Actions& out);
  void plan_downloads(Now now, Actions& out);
  void note_best_known(PeerId id);

  Dependencies with_;
  Options options_;
  HeaderSync header_sync_;
  BlockDownload download_;
  BlockServing serving_;
  std::optional<TransactionRelay> transactions_;
  CompactBlocks compact_;
  BloomServing bloom_;
  FilterServing filters_;
  std::optional<AddressRelay> addresses_;
  PeerClocks clocks_;
  std::optional<std::uint16_t> port_told_;
  std::map<PeerId, Peer> peers_;
  std::multiset<std::uint64_t> our_nonces_;
  // Who brought a block that is not judged yet. BIP152 lets a peer pass on a compact block before it has judged more
  // than its header: nobody is blamed for what becomes of it.
  struct Brought {
    PeerId by;
    Form form;
  };
  std::unordered_map<BlockHash, std::vector<Brought>, BlockHashHasher> brought_by_;
  // The transactions of the tip by txid and wtxid, made when somebody asks for one.
  struct OfTip {
    BlockPtr block;
    std::unordered_map<BlockHash, std::size_t, BlockHashHasher> places;
  } of_tip_;
  std::deque<BlockPtr> fresh_;  // that were handed in last, near the tip
  const chain::Entry* announced_tip_ = nullptr;
  Height passed_on_early_ = 0;  // the last height of which a block was
};

}  // namespace kepeng::gossip
