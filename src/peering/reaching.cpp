// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// How others reach us, over which networks we reach them, and where a node that knows nobody learns of others.

#include <algorithm>

#include "core.h"
#include "endpoints.h"

namespace kepeng::peering {
namespace {

using gossip::OwnSource;
using wire::AddressNetwork;

constexpr std::int64_t kSeedsEveryMs = 500;
constexpr std::size_t kSaidMax = 1000;
constexpr std::int64_t kFixedSeedAge = 7 * 24 * 60 * 60;  // seconds: nobody has seen them lately

}  // namespace

std::optional<wire::Endpoint> PeerNetwork::Core::to_wire(const net::Endpoint& endpoint) const {
  return peering::to_wire(endpoint, routes.fc00());
}

const ListenAt* PeerNetwork::Core::find_listening(ListenAt::For is_for) const {
  const auto found =
      std::find_if(listening.begin(), listening.end(), [&](const ListenAt& one) { return one.is_for == is_for; });
  return found == listening.end() ? nullptr : &*found;
}

// Who listens on chosen addresses only cannot be reached at all the others.
bool PeerNetwork::Core::is_open_to_all() const {
  return std::any_of(listening.begin(), listening.end(), [](const ListenAt& one) {
    return one.is_for == ListenAt::For::Everybody && (one.at.host == "0.0.0.0" || one.at.host == "::");
  });
}

// Where Tor is to bring the callers of our service: among those who are granted more they would be granted it too.
std::optional<net::Endpoint> PeerNetwork::Core::onion_target() const {
  const ListenAt* target = find_listening(ListenAt::For::Onion);
  if (target == nullptr) target = find_listening(ListenAt::For::Everybody);
  return target == nullptr ? std::nullopt : std::optional{target->at};
}

// Before the peer thread begins.
void PeerNetwork::Core::start_reaching() {
  for (const wire::Endpoint& one : options.external) own.add(one, OwnSource::Manual);
  if (options.discover == PeerOptions::Discover::Interfaces) {
    for (const ListenAt& one : listening) {
      const auto at = to_wire(one.at);
      if (at && one.is_public()) own.add(*at, OwnSource::Bound);
    }
    const auto addresses =
        is_open_to_all() ? reach::interface_addresses(routes.fc00()) : std::vector<wire::NetworkAddress>{};
    for (const auto& address : addresses) own.add({address, options.port}, OwnSource::Interface);
  }
  for (const auto& one : own.all()) KP_LOG_INFO(log, "Others may reach us at {}", one.endpoint.to_string());
  has_news_of_own = true;

  reach::ReachOptions wanted = options.reach;
  if (wanted.tor) wanted.tor->wish.service = onion_target();
  if (wanted.is_empty()) return;
  reach = reach::Reach::start({env, log}, wanted, reach_hooks());
}

reach::Reach::Hooks PeerNetwork::Core::reach_hooks() {
  reach::Reach::Hooks hooks;
  hooks.on_onion_service = [this](const std::optional<net::Endpoint>& service) {
    mailbox.post(
        [this, service] { set_own(held.onion, service ? to_wire(*service) : std::nullopt, OwnSource::Manual); });
  };
  hooks.on_onion_proxy = [this](const net::Endpoint& proxy) {
    mailbox.post([this, proxy] {
      if (routes.set_onion_proxy(proxy)) networks_changed();
    });
  };
  hooks.on_i2p_session = [this](const std::optional<net::SamSession>& session) {
    mailbox.post([this, session] {
      routes.set_i2p(session);
      networks_changed();
      const bool accepts = options.reach.i2p && options.reach.i2p->name == reach::I2pTalk::Name::Kept;
      if (!accepts) return;
      connections->accept_from_i2p(session);
      set_own(held.i2p, session ? to_wire({session->own_name, 0}) : std::nullopt, OwnSource::Manual);
    });
  };
  hooks.on_fresh_i2p_session = [this](const std::optional<net::SamSession>& session) {
    mailbox.post([this, session] { routes.set_fresh_i2p(session); });
  };
  hooks.on_mapping = [this](reach::Family family, const std::optional<wire::Endpoint>& external) {
    mailbox.post([this, family, external] { set_own(held.mapped[family], external, OwnSource::Mapped); });
  };
  return hooks;
}

void PeerNetwork::Core::set_own(std::optional<wire::Endpoint>& before, std::optional<wire::Endpoint> now,
                                OwnSource source) {
  if (before) own.remove(*before);
  if (now) own.add(*now, source);
  before = std::move(now);
  has_news_of_own = true;
}

// While we catch up we have nothing to offer.
void PeerNetwork::Core::tell_of_ourselves() {
  const bool may_tell = !reader.is_catching_up();
  if (!has_news_of_own && may_tell == is_told_of) return;
  has_news_of_own = false;
  is_told_of = may_tell;
  std::vector<wire::AddressEntry> entries;
  for (const wire::Endpoint& one : own.best()) entries.push_back({0, services(), one});
  conversations->set_own_addresses(std::move(entries));
  const bool asks_peers = options.discover == PeerOptions::Discover::Interfaces && is_open_to_all();
  using Telling = gossip::AddressRelay::Telling;
  conversations->set_telling(may_tell ? Telling::Yes : Telling::No,
                             asks_peers ? std::optional{options.port} : std::nullopt);
}

void PeerNetwork::Core::networks_changed() {
  plan.set_reachable(routes.open());
  conversations->set_reachable(routes.reachable());
}

// Once for each: whom the operator wants is tried again and again.
void PeerNetwork::Core::say_unreachable(const net::Endpoint& address, const std::string& why) {
  if (said_unreachable.size() == kSaidMax) said_unreachable.clear();
  if (said_unreachable.insert(address).second) KP_LOG_INFO(log, "No way to {}: {}", address.to_string(), why);
}

// --- seeds -----------------------------------------------------------------------------------------------------------

void PeerNetwork::Core::ask_seeds() {
  const gossip::Moment moment = now().moment;
  if (!is_active || seeds.is_done() || moment < next_seeds) return;
  next_seeds = moment + kSeedsEveryMs;
  gossip::SeedPlan::View view;
  view.addresses = memory.book.size();
  for (const auto& facts : conversations->peers(moment)) {
    view.connections += facts.is_ready && facts.who.kind == gossip::ConnectionKind::FullRelay ? 1 : 0;
  }
  const auto step = seeds.next(view, moment);
  for (const std::string& name : step.look_up) look_up_seed(name);
  for (const std::string& seed : step.fetch_from) fetch_from(seed);
  if (!step.add.empty()) KP_LOG_INFO(log, "Nobody is known: trying {} addresses of seeds.txt", step.add.size());
  for (auto entry : step.add) {
    entry.last_seen = static_cast<std::uint32_t>(clock.now().seconds - kFixedSeedAge);
    memory.book.add({entry, gossip::SeedPlan::source_of("seeds.txt")}, clock.now());
  }
}

void PeerNetwork::Core::look_up_seed(const std::string& name) {
  KP_LOG_INFO(log, "Asking the DNS seed {} for addresses", name);
  if (!resolver) resolver = std::make_unique<net::Resolver>();
  resolver->look_up(name, [this, name](std::vector<std::string> answer) {
    mailbox.post([this, name, answer = std::move(answer)] {
      const auto entries = seeds.entries_from(answer, network.p2p_port, clock.now());
      KP_LOG_INFO(log, "{} addresses from the DNS seed {}", entries.size(), name);
      for (const auto& entry : entries) {
        memory.book.add({entry, gossip::SeedPlan::source_of(name)}, clock.now());
      }
      // It may be that it only knows its own name.
      if (entries.empty() && !answer.empty()) fetch_from(name);
    });
  });
}

void PeerNetwork::Core::fetch_from(const std::string& seed) {
  std::string_view name = seed;
  while (name.ends_with('.')) name.remove_suffix(1);
  const auto at = net::Endpoint::parse(name, network.p2p_port);
  if (!at) return;
  KP_LOG_INFO(log, "Asking {} for addresses", at->to_string());
  connect(*at, gossip::ConnectionKind::AddressFetch, first_protocol());
}

// --- for others ------------------------------------------------------------------------------------------------------

std::vector<PeerNetwork::NetworkReport> PeerNetwork::networks() const {
  const auto look = [core = core_.get()] {
    std::vector<NetworkReport> reports;
    const auto reachable = core->routes.reachable();
    for (const auto network : {AddressNetwork::Ipv4, AddressNetwork::Ipv6, AddressNetwork::Onion, AddressNetwork::I2p,
                               AddressNetwork::Cjdns}) {
      const std::string proxy = core->routes.proxy_of(network);
      const bool isolates = !proxy.empty() && core->routes.isolation() == RouteOptions::Isolation::On;
      reports.push_back({network, reachable.contains(network), proxy, isolates});
    }
    return reports;
  };
  return core_->ask(look).value_or(std::vector<NetworkReport>{});
}

std::vector<gossip::OwnAddresses::Own> PeerNetwork::own_addresses() const {
  return core_->ask([core = core_.get()] { return core->own.all(); })
      .value_or(std::vector<gossip::OwnAddresses::Own>{});
}

}  // namespace kepeng::peering
