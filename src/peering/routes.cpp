// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/peering/routes.h>

#include <kepeng/base/hex.h>
#include <kepeng/net/i2p_destination.h>

namespace kepeng::peering {
namespace {

using wire::AddressNetwork;
using wire::NetworkAddress;

constexpr std::size_t kCredentialBytes = 16;

Err<std::string> no_way(std::string why) {
  return Err{std::move(why)};
}

}  // namespace

net::ConnectChoices Routes::direct() const {
  net::ConnectChoices choices;
  choices.timeout_ms = options_.timeout_ms;
  return choices;
}

net::ConnectChoices Routes::through(const net::Endpoint& proxy, RouteOptions::Isolation isolation) {
  net::ConnectChoices choices = direct();
  choices.names = options_.names;
  choices.proxy = net::Proxy{proxy, std::nullopt};
  if (isolation == RouteOptions::Isolation::On) {
    Bytes secret(kCredentialBytes);
    random_.fill(secret);
    choices.proxy->credentials = net::ProxyCredentials{to_hex(secret), to_hex(secret)};
  }
  return choices;
}

Result<net::ConnectChoices, std::string> Routes::to(const net::Endpoint& target) {
  const auto address = NetworkAddress::from_string(target.host, options_.fc00);
  if (!address) {
    if (target.host.ends_with(".onion")) return no_way(target.host + " is no address of an onion service (version 3).");
    if (target.host.ends_with(".i2p"))
      return no_way(target.host + " is no address in I2P (52 characters and .b32.i2p).");
    if (options_.name_proxy) return through(*options_.name_proxy, options_.isolation);
    if (options_.names == net::Names::Refuse)
      return no_way("The name " + target.host + " may not be looked up (-dns=0).");
    net::ConnectChoices choices = direct();
    choices.names = net::Names::LookUp;
    return choices;
  }
  const AddressNetwork network = address->network();
  if (network == AddressNetwork::I2p) {
    if (target.port != 0) return no_way("There are no ports in I2P: " + target.to_string() + " must have port 0.");
    if (!i2p_)
      return no_way(options_.has_i2p ? "The I2P router has not let us in yet."
                                     : "Without -i2psam nobody in I2P can be reached.");
    net::ConnectChoices choices = direct();
    choices.names = options_.names;
    choices.i2p = i2p_;
    return choices;
  }
  const auto proxy = options_.proxies.find(network);
  // What is not to be reached from outside is not to be reached through a proxy.
  if (proxy != options_.proxies.end() && address->is_routable()) return through(proxy->second, options_.isolation);
  if (network == AddressNetwork::Onion) return no_way("Without -onion or -proxy no onion service can be reached.");
  return direct();
}

Result<net::ConnectChoices, std::string> Routes::hidden_to(const net::Endpoint& target) {
  const auto address = NetworkAddress::from_string(target.host, options_.fc00);
  if (!address || !hidden().contains(address->network())) return no_way("No hidden way leads there now.");
  if (address->network() != AddressNetwork::I2p) {
    return through(options_.proxies.at(AddressNetwork::Onion), RouteOptions::Isolation::On);
  }
  net::ConnectChoices choices = direct();
  choices.names = options_.names;
  choices.i2p = std::exchange(fresh_i2p_, std::nullopt);
  return choices;
}

std::set<AddressNetwork> Routes::hidden() const {
  std::set<AddressNetwork> networks;
  if (options_.proxies.contains(AddressNetwork::Onion)) {
    networks.insert(AddressNetwork::Onion);
    if (has_reached_onion_) networks.insert({AddressNetwork::Ipv4, AddressNetwork::Ipv6});
  }
  if (fresh_i2p_) networks.insert(AddressNetwork::I2p);
  std::erase_if(networks, [this](AddressNetwork network) { return !is_chosen(network); });
  return networks;
}

bool Routes::set_onion_proxy(const net::Endpoint& proxy) {
  if (options_.onion != RouteOptions::OnionProxy::MayBeFound) return false;
  const auto before = options_.proxies.find(AddressNetwork::Onion);
  if (before != options_.proxies.end() && before->second == proxy) return false;
  options_.proxies.insert_or_assign(AddressNetwork::Onion, proxy);
  return true;
}

bool Routes::is_chosen(AddressNetwork network) const {
  return options_.chosen.empty() || options_.chosen.contains(network);
}

std::set<AddressNetwork> Routes::reachable() const {
  std::set<AddressNetwork> networks{AddressNetwork::Ipv4, AddressNetwork::Ipv6};
  if (options_.proxies.contains(AddressNetwork::Onion)) networks.insert(AddressNetwork::Onion);
  if (options_.has_i2p) networks.insert(AddressNetwork::I2p);
  if (options_.fc00 == NetworkAddress::Fc00::Cjdns) networks.insert(AddressNetwork::Cjdns);
  std::erase_if(networks, [this](AddressNetwork network) { return !is_chosen(network); });
  return networks;
}

std::set<AddressNetwork> Routes::open() const {
  auto networks = reachable();
  if (!i2p_) networks.erase(AddressNetwork::I2p);
  return networks;
}

std::string Routes::proxy_of(AddressNetwork network) const {
  const auto found = options_.proxies.find(network);
  return found == options_.proxies.end() ? std::string{} : found->second.to_string();
}

}  // namespace kepeng::peering
