// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peering/peer_network.h>

#include <pthread.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/base/random.h>
#include <kepeng/mempool_service/service.h>

#include "core.h"

namespace kepeng::peering {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::int64_t kWeighingMs = 1'000;
constexpr std::size_t kNotYetJudged = 32;   // callers, besides those who are here: for whom room may have to be made
constexpr std::size_t kCalledBesides = 64;  // single calls: the operator's, of seeds, once more in version 1

crypto::Signer fresh_signer() {
  crypto::Hash32 seed{};
  fill_random(seed);
  return crypto::Signer{seed};
}

crypto::SipHashKey fresh_key() {
  Prng random = Prng::from_system();
  return {random.next(), random.next()};
}

// Who began with a snapshot has not got the blocks before it until all are here and prove it.
bool has_all_blocks(const validation::Engine& engine) {
  const bool prunes = engine.is_pruned() || engine.options().prune_manually || engine.options().prune_target_bytes != 0;
  return !prunes && engine.snapshot_base() == nullptr;
}

wire::Services services_of(const validation::Engine& engine, const PeerOptions& options) {
  wire::Services services = wire::kNodeNetworkLimited | wire::kNodeWitness;
  if (has_all_blocks(engine)) services |= wire::kNodeNetwork;
  if (options.speaks_v2) services |= wire::kNodeP2pV2;
  if (options.offers_bloom) services |= wire::kNodeBloom;
  return services;
}

gossip::Conversations::Options conversation_options(const validation::Engine& engine, const PeerOptions& options) {
  const auto& minimum = engine.options().minimum_chain_work;
  gossip::Conversations::Options chosen;
  chosen.self.services = services_of(engine, options);
  chosen.upload = gossip::UploadTarget{options.upload_target};
  chosen.handshake_timeout_ms = options.handshake_timeout_ms;
  chosen.self.user_agent = options.user_agent;
  chosen.announced_per_second = options.announced_per_second;
  chosen.extra_transactions = options.extra_transactions;
  chosen.minimum_work = minimum ? *minimum : engine.network().minimum_chain_work;
  return chosen;
}

std::map<net::Endpoint, Protocol> with_protocol(const std::vector<net::Endpoint>& addresses, Protocol protocol) {
  std::map<net::Endpoint, Protocol> all;
  for (const net::Endpoint& address : addresses) all.emplace(address, protocol);
  return all;
}

std::string_view network_name(const wire::NetworkAddress& address) {
  return address.is_routable() ? wire::name_of(address.network()) : "not_publicly_routable";
}

}  // namespace

PeerNetwork::Core::Core(const Dependencies& dependencies, PeerOptions chosen)
    : engine{dependencies.engine},
      mempool{dependencies.mempool},
      log{dependencies.log},
      clock{dependencies.clock},
      network{dependencies.network},
      env{dependencies.env},
      options{std::move(chosen)},
      reader{dependencies.engine},
      signer{fresh_signer()},
      group_key{fresh_key()},
      memory{{dependencies.env, log, network, options.directory}, gossip::AddressGroups{options.asmap}, clock.now()},
      routes{options.routes, random},
      plan{{memory.book, memory.bans, random, routes.open()}, options.outbound},
      seeds{options.seeds, random},
      watch{options.outbound, network.target_spacing_seconds},
      unshakable{with_protocol(options.connect, first_protocol())},
      added{with_protocol(options.added, first_protocol())},
      is_active{options.starts_active},
      capture{{dependencies.env, log, clock, options.capture_directory}},
      unheard{ReceivePool::Limits{.peer_max = options.receive_max, .peer_low = options.receive_max / 5}} {
  if (options.outbound.block_relay != 0) plan.set_anchors(memory.take_anchors());
  if (options.private_broadcast == PeerOptions::PrivateBroadcast::On) {
    private_broadcast.emplace(gossip::PrivateBroadcast::Context{memory.book, memory.bans, random});
  }
  const gossip::Conversations::Dependencies with{
      .chain = reader, .network = network, .random = random, .book = &memory.book, .bans = &memory.bans};
  auto chosen_options = conversation_options(engine, options);
  chosen_options.has_mempool = mempool != nullptr;
  chosen_options.self.wants_transactions = mempool != nullptr && !options.blocks_only;
  told_services = chosen_options.self.services;
  conversations = std::make_unique<gossip::Conversations>(with, std::move(chosen_options));
  conversations->set_reachable(routes.reachable());
}

PeerNetwork::Core::~Core() {
  stop();
}

Result<Unit, Fault> PeerNetwork::Core::start() {
  net::ConnectionLimits limits;
  limits.accepted_max = options.inbound_max + kNotYetJudged;
  limits.called_max = options.outbound.full_relay + options.outbound.block_relay + options.connect.size() +
                      kAddedNodesMax + kCalledBesides;
  if (private_broadcast) limits.called_max += gossip::PrivateLimits{}.connections_max;
  server = std::make_unique<SerialWorker>("serve");
  sockets = net::Connections::start(*this, limits);
  connections = sockets.get();
  KP_TRY_VOID(listen());
  follow_engine();
  follow_mempool();
  start_reaching();
  thread = std::thread{[this] { run(); }};
  pthread_setname_np(thread.native_handle(), "peer");
  return Unit{};
}

Result<Unit, Fault> PeerNetwork::Core::listen() {
  std::optional<Fault> failed;
  bool is_open = false;  // to more than our onion service
  for (const ListenAt& wanted : options.listen) {
    const auto real = connections->listen(wanted.at);
    if (real) {
      listening.push_back({*real, wanted.permissions, wanted.is_for, wanted.need});
      is_open = is_open || wanted.is_for != ListenAt::For::Onion;
      KP_LOG_INFO(log, "Listening for peers on {}", real->to_string());
      continue;
    }
    failed = Fault{FaultKind::Config,
                   real.error().message + " Is another node running? -port chooses another port, -listen=0 none."};
    if (wanted.need == ListenAt::Need::Must) return Err{*failed};
    KP_LOG_WARNING(log, "{}", real.error().message);
  }
  if (failed && !is_open) return Err{*failed};
  return Unit{};
}

void PeerNetwork::Core::stop() {
  mailbox.close();
  if (thread.joinable()) {
    thread.join();
    save_all();
  }
  reach.reset();
  resolver.reset();
  server.reset();
  sockets.reset();
}

void PeerNetwork::Core::run() {
  auto next_tick = std::chrono::steady_clock::now();
  while (!mailbox.is_closed()) {
    for (auto& task : mailbox.take(put_back.empty() ? kTick : std::chrono::milliseconds{0})) task();
    hear_put_back();
    if (std::chrono::steady_clock::now() < next_tick) continue;
    next_tick = std::chrono::steady_clock::now() + kTick;
    weigh_shares();
    watch_clocks();
    keep_connected();
    call_strangers();
    ask_seeds();
    follow_services();
    tell_of_ourselves();
    save_sometimes();
    broadcast_privately();
    limit_relaying();
    note_minimum_fees();
    talk([](auto& conversation, auto at, auto& out) { conversation.on_tick(at, out); });
  }
  // Those who wait for an answer get it.
  for (auto& task : mailbox.take(std::chrono::milliseconds{0})) task();
}

void PeerNetwork::Core::weigh_shares() {
  if (now().moment < next_weighing) return;
  next_weighing = now().moment + kWeighingMs;
  shares.weigh();
}

void PeerNetwork::Core::watch_clocks() {
  if (std::exchange(has_warned_of_clock, conversations->clocks().are_far_from_ours())) return;
  if (has_warned_of_clock) KP_LOG_WARNING(log, "{}", clock_warning());
}

std::string PeerNetwork::Core::clock_warning() const {
  const std::int64_t ahead = conversations->clocks().median();
  return "The clock of this machine is " + std::to_string(std::abs(ahead) / 60) + " minutes " +
         (ahead > 0 ? "behind" : "ahead of") +
         " those of other nodes. Check date, time and time zone: with a wrong clock good blocks are refused.";
}

PeerNetwork::PeerNetwork(std::shared_ptr<Core> core) : core_{std::move(core)} {}
PeerNetwork::~PeerNetwork() {
  stop();
}

Result<std::unique_ptr<PeerNetwork>, Fault> PeerNetwork::start(const Dependencies& dependencies, PeerOptions options) {
  auto core = std::make_shared<Core>(dependencies, std::move(options));
  KP_TRY_VOID(core->start());
  return std::unique_ptr<PeerNetwork>{new PeerNetwork{std::move(core)}};
}

void PeerNetwork::stop() {
  core_->stop();
}

std::vector<PeerReport> PeerNetwork::peers() const {
  const auto look = [core = core_.get()] {
    std::vector<PeerReport> reports;
    for (auto& facts : core->conversations->peers(core->now().moment)) {
      const Link* link = core->link_of(facts.peer);
      if (link == nullptr) continue;
      PeerReport& report = reports.emplace_back();
      report.address = link->address;
      report.local = link->local;
      report.network = link->through ? wire::name_of(*link->through) : network_name(link->known_as.address);
      report.autonomous_system = core->memory.book.groups().asn_of(link->known_as.address);
      report.transport = net::name_of(link->transport->kind());
      if (const auto session = link->transport->session_id()) report.session_id = to_hex(*session);
      report.connected = link->connected;
      report.last_send = link->last_send;
      report.last_receive = link->last_receive;
      report.last_block = link->last_block;
      report.last_transaction = link->last_transaction;
      report.bytes_sent = link->bytes_sent;
      report.bytes_received = link->bytes_received;
      report.receive_memory = core->unheard.held(link->connection) + link->transport->memory_bytes();
      report.send_memory = core->unsent_bytes(*link);
      report.busy_ns = link->busy_ns;
      report.is_put_back = core->shares.is_heavy(link->connection);
      report.sent_by_message = link->sent_by_message;
      report.received_by_message = link->received_by_message;
      report.facts = std::move(facts);
    }
    return reports;
  };
  return core_->ask(look).value_or(std::vector<PeerReport>{});
}

std::int64_t PeerNetwork::time_offset_seconds() const {
  return core_->ask([core = core_.get()] { return core->conversations->clocks().median(); }).value_or(0);
}

std::vector<std::string> PeerNetwork::warnings() const {
  const auto look = [core = core_.get()] {
    std::vector<std::string> lines;
    if (core->conversations->clocks().are_far_from_ours()) lines.push_back(core->clock_warning());
    return lines;
  };
  return core_->ask(look).value_or(std::vector<std::string>{});
}

PeerNetwork::Totals PeerNetwork::totals() const {
  const auto look = [core = core_.get()] {
    Totals totals{0, 0, core->bytes_sent, core->bytes_received, core->is_active};
    for (const auto& [id, link] : core->links) {
      if (!link.is_open || link.is_private()) continue;
      ++(link.is_inbound() ? totals.inbound : totals.outbound);
    }
    return totals;
  };
  return core_->ask(look).value_or(Totals{});
}

gossip::UploadTarget::Status PeerNetwork::upload() const {
  return core_->ask([core = core_.get()] { return core->conversations->upload(core->clock.now()); })
      .value_or(gossip::UploadTarget::Status{});
}

std::vector<net::Endpoint> PeerNetwork::listening() const {
  std::vector<net::Endpoint> all;
  for (const ListenAt& one : core_->listening) all.push_back(one.at);
  return all;
}

bool PeerNetwork::relays_transactions() const {
  return core_->mempool != nullptr && !core_->options.blocks_only;
}

double PeerNetwork::announced_per_second() const {
  return core_->options.announced_per_second;
}

wire::Services PeerNetwork::services() const {
  return core_->services();
}

wire::Services PeerNetwork::Core::services() const {
  return services_of(engine, options);
}

void PeerNetwork::Core::follow_services() {
  const wire::Services offered = services();
  if (std::exchange(told_services, offered) == offered) return;
  conversations->set_services(offered);
  has_news_of_own = true;
}

wire::NetworkAddress::Fc00 PeerNetwork::fc00() const {
  return core_->options.routes.fc00;
}

bool PeerNetwork::add_node(const net::Endpoint& address, std::optional<Protocol> protocol) {
  const Protocol chosen = protocol.value_or(core_->first_protocol());
  return core_->ask([&] { return core_->added.emplace(address, chosen).second; }).value_or(false);
}

bool PeerNetwork::remove_node(const net::Endpoint& address) {
  return core_->ask([&] { return core_->added.erase(address) != 0; }).value_or(false);
}

std::vector<AddedNode> PeerNetwork::added_nodes() const {
  const auto look = [core = core_.get()] {
    std::vector<AddedNode> nodes;
    for (const auto& [address, protocol] : core->added) {
      AddedNode& node = nodes.emplace_back(AddedNode{address, std::nullopt});
      for (const auto& [id, link] : core->links) {
        if (link.is_open && !link.is_private() && link.address == address)
          node.connected = gossip::direction_of(link.kind);
      }
    }
    return nodes;
  };
  return core_->ask(look).value_or(std::vector<AddedNode>{});
}

void PeerNetwork::connect_once(const net::Endpoint& address, std::optional<Protocol> protocol) {
  core_->mailbox.post([core = core_.get(), address, protocol] {
    if (!core->is_active || core->is_linked_with(address)) return;
    core->connect(address, gossip::ConnectionKind::Manual, protocol.value_or(core->first_protocol()));
  });
}

bool PeerNetwork::disconnect(gossip::PeerId peer) {
  const auto act = [&] {
    Link* link = core_->link_of(peer);
    if (link != nullptr) core_->end(*link, "the operator wants it so");
    return link != nullptr;
  };
  return core_->ask(act).value_or(false);
}

bool PeerNetwork::disconnect(const net::Endpoint& address) {
  const auto act = [&] {
    bool found = false;
    for (auto& [id, link] : core_->links) {
      if (link.address != address) continue;
      core_->end(link, "the operator wants it so");
      found = true;
    }
    return found;
  };
  return core_->ask(act).value_or(false);
}

void PeerNetwork::ping_all() {
  core_->mailbox.post([core = core_.get()] {
    core->talk([](auto& conversation, auto at, auto& out) { conversation.ping_all(at, out); });
  });
}

void PeerNetwork::set_active(bool is_active) {
  core_->ask([&] {
    core_->is_active = is_active;
    if (is_active) return true;
    for (auto& [id, link] : core_->links) core_->end(link, "the network is switched off");
    return true;
  });
}

}  // namespace kepeng::peering
