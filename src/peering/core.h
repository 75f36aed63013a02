// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Core: the peer thread and what it owns. Private to peering.
#pragma once

#include <atomic>
#include <deque>
#include <set>
#include <thread>
#include <unordered_map>

#include <kepeng/base/mailbox.h>
#include <kepeng/base/serial_worker.h>
#include <kepeng/crypto/keys.h>
#include <kepeng/gossip/arrival_limit.h>
#include <kepeng/gossip/eviction.h>
#include <kepeng/gossip/outbound_watch.h>
#include <kepeng/gossip/private_broadcast.h>
#include <kepeng/net/connections.h>
#include <kepeng/net/resolver.h>
#include <kepeng/net/transport.h>
#include <kepeng/peering/peer_network.h>

#include "budget.h"
#include "memory.h"
#include "message_capture.h"
#include "receive_pool.h"
#include "shares.h"

namespace kepeng::peering {

// Of all peers together (P-02, P-03).
inline constexpr std::size_t kUnfinishedBytesMax = 48u << 20;
inline constexpr std::size_t kUntakenBytesMax = 256u << 20;
// Of the nodes that were added, connected at a time (P-04).
inline constexpr std::size_t kAddedNodesMax = 8;

// The engine, as conversations see it.
class EngineReader final : public gossip::ChainReader {
 public:
  explicit EngineReader(const validation::Engine& engine) : engine_{engine} {}
  std::shared_ptr<const chain::ChainView> view() const override { return engine_.view(); }
  const chain::Entry* find(const BlockHash& hash) const override { return engine_.find(hash); }
  const chain::Entry* best_header() const override { return engine_.best_header(); }
  bool takes_blocks() const override { return !engine_.is_reindexing(); }
  bool is_catching_up() const override { return engine_.is_initial_block_download(); }

 private:
  const validation::Engine& engine_;
};

// One connection, as the peer thread knows it.
struct Link {
  net::ConnectionId connection = 0;
  gossip::ConnectionKind kind = gossip::ConnectionKind::Inbound;
  gossip::Permissions permissions{};
  net::Endpoint address;
  wire::Endpoint known_as;  // nowhere while it is only a name: until we are there, or for good behind a proxy
  net::Endpoint local;
  gossip::Introduction::Way way = gossip::Introduction::Way::Direct;
  std::optional<wire::AddressNetwork> through{};  // where that is not its address's network: our onion service

  std::uint64_t nonce = 0;  // of a private one, which has no conversation

  bool is_inbound() const { return kind == gossip::ConnectionKind::Inbound; }
  // Carries a transaction of ours and is nobody else's business.
  bool is_private() const { return kind == gossip::ConnectionKind::PrivateBroadcast; }
  std::unique_ptr<net::Transport> transport;
  bool is_open = false;
  bool tried_v2 = false;
  bool answers_in_v1 = false;         // to BIP324
  bool has_heard = false;             // a byte has come
  bool is_ending = false;             // we hang up: nothing that still comes is looked at
  std::vector<wire::Message> unsent;  // until the transport is ready: the first words
  bool serves = false;                // a block was sent: when all has left there is room for the next
  std::deque<Bytes> unheard;          // that the peer has sent, in pieces
  std::size_t heard_of_first = 0;     // of the first piece
  std::size_t unheard_bytes = 0;      // what the pieces cost
  UnixTime connected;
  UnixTime last_send;
  UnixTime last_receive;
  UnixTime last_block;
  UnixTime last_transaction;
  std::int64_t busy_ns = 0;      // of a processor, with what it has sent
  std::uint64_t bytes_sent = 0;  // given to its connection,
  std::uint64_t bytes_left = 0;  // and gone from there
  std::uint64_t bytes_received = 0;
  std::map<std::string, std::uint64_t> sent_by_message;
  std::map<std::string, std::uint64_t> received_by_message;
};

class PeerNetwork::Core : public net::ConnectionListener, public std::enable_shared_from_this<PeerNetwork::Core> {
 public:
  Core(const Dependencies& dependencies, PeerOptions options);
  ~Core() override;
  Result<Unit, Fault> start();
  Result<Unit, Fault> listen();
  void stop();

  // Runs `look` in the peer thread and gives its answer; nothing once it has stopped.
  template <class F>
  auto ask(F&& look) const {
    return mailbox.ask(std::forward<F>(look));
  }

  // --- net thread
  void on_accepted(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) override;
  void on_connected(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local) override;
  void on_bytes(net::ConnectionId id, ByteView bytes) override;
  void on_sent(net::ConnectionId id, std::uint64_t bytes) override;
  void on_closed(net::ConnectionId id, const std::string& reason) override;

  // --- peer thread: connections (links.cpp)
  void accepted(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local);
  void opened(net::ConnectionId id, const net::Endpoint& remote, const net::Endpoint& local);
  void closed(net::ConnectionId id, const std::string& reason);
  // Null where no way leads there.
  Link* connect(const net::Endpoint& address, gossip::ConnectionKind kind, Protocol protocol);
  Protocol first_protocol() const { return options.speaks_v2 ? Protocol::V2 : Protocol::V1; }
  void end(Link& link, const std::string& reason);
  void send(Link& link, const wire::Message& message);
  void send(Link& link, std::string_view name, ByteView payload);
  void flush(Link& link);
  std::unique_ptr<net::Transport> make_transport(gossip::ConnectionKind kind, Protocol protocol) const;
  Link* link_of(gossip::PeerId peer);
  bool is_linked_with(const net::Endpoint& address) const;

  // --- peer thread: what peers say (reading.cpp)
  void received(net::ConnectionId id, Bytes bytes);
  void sent(net::ConnectionId id, std::uint64_t bytes);
  void hear_in_turn(Link& link);
  void hear_again(gossip::PeerId peer);
  void hear_put_back();
  void hear_all(Link& link, std::int64_t for_ns);
  bool may_be_heard(const Link& link) const;
  bool take_frame(Link& link, ByteView& bytes);
  void hear(Link& link, net::Frame frame);
  void forget_unheard(Link& link);
  void give_back(net::ConnectionId id, std::size_t bytes);
  void count_memory(const Link& link);
  void part_with_those_who_do_not_take();
  std::size_t unsent_bytes(const Link& link) const {
    return static_cast<std::size_t>(link.bytes_sent - link.bytes_left);
  }

  // --- peer thread: who may call us (inbound.cpp)
  gossip::Permissions permissions_of(const wire::NetworkAddress& address, gossip::Direction direction) const;
  // Why the caller may not stay, or nothing.
  std::optional<std::string> refusal(const Link& caller);
  bool make_room();
  void limit_relaying();
  void evict(gossip::PeerId peer, const std::string& reason);
  gossip::EvictionCandidate candidate_of(const gossip::Conversations::PeerFacts& facts, const Link& link) const;
  void discourage(Link& link, const std::string& reason);
  void end_banned(const wire::Subnet& subnet);

  // --- how we are reached, and where we learn of others (reaching.cpp)
  void start_reaching();
  reach::Reach::Hooks reach_hooks();
  void networks_changed();
  void set_own(std::optional<wire::Endpoint>& held, std::optional<wire::Endpoint> now, gossip::OwnSource source);
  void tell_of_ourselves();
  void ask_seeds();
  void look_up_seed(const std::string& name);
  void fetch_from(const std::string& seed);
  void say_unreachable(const net::Endpoint& address, const std::string& why);
  std::optional<wire::Endpoint> to_wire(const net::Endpoint& endpoint) const;
  const ListenAt* find_listening(ListenAt::For is_for) const;
  std::optional<net::Endpoint> onion_target() const;
  bool is_open_to_all() const;
  wire::Services services() const;
  void follow_services();

  // --- peer thread: whom we call (outbound.cpp)
  void keep_connected();
  void keep_connected(const net::Endpoint& address, Protocol protocol);
  bool has_room_for_added() const;
  void call_strangers();
  void watch_outbound();
  std::vector<gossip::OutboundPlan::Live> live() const;
  void save_sometimes();
  void save_all();

  // --- peer thread: transactions that nobody is to know as ours (private_broadcast.cpp)
  void broadcast_privately();
  void call_privately(const gossip::KnownAddress& known);
  void hear_privately(Link& link, const wire::Message& message);
  void end_privately(const Link& link);
  void review_privately(const TxPtr& tx);
  void note_public(const Wtxid& wtxid);

  // --- peer thread: actions (actions.cpp)
  void carry_out(gossip::Actions& actions);
  void carry_out(gossip::Send& action);
  void carry_out(gossip::Disconnect& action);
  void carry_out(gossip::HandInHeaders& action);
  void carry_out(gossip::HandInBlock& action);
  void carry_out(gossip::ServeBlock& action);
  void serve_next();
  void served(const gossip::ServeBlock& action, const Result<BlockPtr, Fault>& block);
  void carry_out(gossip::HandInTransaction& action);
  void carry_out(gossip::HandInPackage& action);
  void carry_out(gossip::NoteAskedFor& action);
  template <class F>
  void talk(F&& with_conversations);
  void follow_engine();
  void follow_mempool();
  void note_minimum_fees();

  void run();
  void weigh_shares();
  void watch_clocks();
  std::string clock_warning() const;
  gossip::Now now() const { return {{steady_ns() / 1'000'000}, clock.now()}; }

  validation::Engine& engine;
  mempool_service::MempoolService* mempool;
  Logger& log;
  Clock& clock;
  const params::NetworkParams& network;
  Env& env;
  const PeerOptions options;
  EngineReader reader;
  crypto::Signer signer;
  Prng random = Prng::from_system();
  const crypto::SipHashKey group_key;  // for eviction
  Memory memory;
  Routes routes;
  gossip::OutboundPlan plan;
  gossip::SeedPlan seeds;
  gossip::OwnAddresses own;
  struct Held {
    std::optional<wire::Endpoint> onion{};
    std::optional<wire::Endpoint> i2p{};
    std::map<reach::Family, std::optional<wire::Endpoint>> mapped{};
  };
  Held held;  // of `own`, what may be lost again
  wire::Services told_services = 0;
  bool is_told_of = false;  // others may hear of `own`
  bool has_news_of_own = false;
  std::set<net::Endpoint> said_unreachable;
  gossip::Moment next_seeds;
  gossip::OutboundWatch watch;
  std::optional<gossip::PrivateBroadcast> private_broadcast;
  gossip::Moment next_review;
  std::unique_ptr<gossip::Conversations> conversations;
  std::unordered_map<net::ConnectionId, Link> links;
  const std::map<net::Endpoint, Protocol> unshakable;  // -connect
  std::map<net::Endpoint, Protocol> added;
  std::map<net::Endpoint, gossip::Moment> tried;  // when one of both was last called
  gossip::Moment next_call;
  gossip::Moment next_watch;
  gossip::Moment next_limit;
  gossip::Moment next_save;
  std::vector<ListenAt> listening;  // where we really do
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  bool is_active;
  std::atomic<bool> tip_moved{false};

  MessageCapture capture;
  gossip::ArrivalLimit arrivals;
  ReceivePool unheard;                     // what came and was not looked at, with the net thread
  Budget unfinished{kUnfinishedBytesMax};  // messages that have begun, and what waits behind them
  Budget untaken{kUntakenBytesMax};        // what we said and the peer has not read

  std::deque<gossip::ServeBlock> to_serve;  // one of each peer at the most
  std::size_t being_read = 0;

  Shares shares;
  std::set<net::ConnectionId> put_back;  // heavy ones with something to say: heard when all others have been
  gossip::Moment next_weighing;
  bool has_warned_of_clock = false;

  mutable Mailbox mailbox;
  std::thread thread;
  std::unique_ptr<SerialWorker> server;
  std::unique_ptr<net::Resolver> resolver;  // for seeds
  std::unique_ptr<reach::Reach> reach;
  net::Connections* connections = nullptr;    // good until its thread, which calls us, has ended
  std::unique_ptr<net::Connections> sockets;  // last
};

// What the conversations want is done before anything else is looked at.
template <class F>
void PeerNetwork::Core::talk(F&& with_conversations) {
  gossip::Actions actions;
  with_conversations(*conversations, now(), actions);
  carry_out(actions);
}

}  // namespace kepeng::peering
