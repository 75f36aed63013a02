// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "net_info.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>

namespace kepeng::cli {
namespace {

using json::Value;

constexpr int kLevelMax = 4;

constexpr std::string_view kHelp =
    "kepeng-cli -netinfo [level] [outonly]: the peers of the node\n\n"
    "level 0  numbers by direction and network (the default)\n"
    "      1  and a line for each peer\n"
    "      2  with its address\n"
    "      3  with what it calls itself\n"
    "      4  with both\n"
    "outonly  only peers that we chose\n\n"
    "Columns:\n"
    "  dir    in or out                      type   full, block, manual, feeler, addr\n"
    "  net    network                        v      version of the transport\n"
    "  mping  shortest answer to a ping, ms  ping   last one, ms\n"
    "  send   seconds since we sent          recv   seconds since it sent\n"
    "  txn    minutes since a transaction    blk    minutes since a block\n"
    "  hb     new blocks come at once: . to us, * to it\n"
    "  addrp  addresses heard                addrl  addresses beyond the limit\n"
    "  age    minutes connected              id     the peer's number\n"
    "Watch it: watch kepeng-cli -netinfo 4\n";

struct Choice {
  int level = 0;
  bool only_outbound = false;
  bool wants_help = false;
};

Result<Choice, CallFailure> choice_from(const std::vector<std::string>& words) {
  Choice choice;
  for (const std::string& word : words) {
    if (word == "help" || word == "h") {
      choice.wants_help = true;
    } else if (word == "outonly" || word == "o") {
      choice.only_outbound = true;
    } else if (word.size() == 1 && word[0] >= '0' && word[0] <= '0' + kLevelMax) {
      choice.level = word[0] - '0';
    } else {
      return Err{CallFailure{0, "invalid -netinfo level '" + word + "': it is 0 to 4 (see -netinfo help)"}};
    }
  }
  return choice;
}

std::string text_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? "" : *text;
}
std::int64_t number_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value == nullptr ? 0 : value->as_int64().value_or(0);
}
bool flag_of(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  return value != nullptr && value->as_bool().value_or(false);
}

std::string short_network(const std::string& network) {
  return network == "not_publicly_routable" ? "npr" : network;
}

std::string short_kind(const Value& peer) {
  static const std::map<std::string, std::string> kNames{{"outbound-full-relay", "full"},
                                                         {"block-relay-only", "block"},
                                                         {"addr-fetch", "addr"},
                                                         {"feeler", "feeler"},
                                                         {"manual", "manual"},
                                                         {"inbound", ""}};
  const auto found = kNames.find(text_of(peer, "connection_type"));
  return found == kNames.end() ? "" : found->second;
}

std::string milliseconds(const Value& peer, std::string_view name) {
  const Value* seconds = peer.find(name);
  if (seconds == nullptr) return "";
  return std::to_string(static_cast<std::int64_t>(std::lround(seconds->as_double().value_or(0) * 1000)));
}

// How long ago, in units of `seconds`; nothing if never.
std::string ago(const Value& peer, std::string_view name, std::int64_t now, std::int64_t seconds) {
  const std::int64_t then = number_of(peer, name);
  return then == 0 ? "" : std::to_string(std::max<std::int64_t>(now - then, 0) / seconds);
}

std::string count_of(const Value& peer, std::string_view name) {
  const std::int64_t number = number_of(peer, name);
  return number == 0 ? "" : std::to_string(number);
}

std::string transport_of(const Value& peer) {
  const std::string transport = text_of(peer, "transport_protocol_type");
  return transport.starts_with('v') ? transport.substr(1) : "";
}

enum class Side : std::uint8_t { Left, Right };
struct Column {
  std::string_view title;
  Side side;
  int level;  // 2: where addresses are shown, 3: where names are
  std::string (*cell)(const Value& peer, std::int64_t now);
};

bool shows_address(int level) {
  return level == 2 || level == 4;
}
bool shows_version(int level) {
  return level >= 3;
}

using Now = std::int64_t;
constexpr std::array kColumns{
    Column{"dir", Side::Left, 1,
           [](const Value& peer, Now) { return std::string{flag_of(peer, "inbound") ? "in" : "out"}; }},
    Column{"type", Side::Left, 1, [](const Value& peer, Now) { return short_kind(peer); }},
    Column{"net", Side::Left, 1, [](const Value& peer, Now) { return short_network(text_of(peer, "network")); }},
    Column{"v", Side::Left, 1, [](const Value& peer, Now) { return transport_of(peer); }},
    Column{"mping", Side::Right, 1, [](const Value& peer, Now) { return milliseconds(peer, "minping"); }},
    Column{"ping", Side::Right, 1, [](const Value& peer, Now) { return milliseconds(peer, "pingtime"); }},
    Column{"send", Side::Right, 1, [](const Value& peer, Now now) { return ago(peer, "lastsend", now, 1); }},
    Column{"recv", Side::Right, 1, [](const Value& peer, Now now) { return ago(peer, "lastrecv", now, 1); }},
    Column{"txn", Side::Right, 1, [](const Value& peer, Now now) { return ago(peer, "last_transaction", now, 60); }},
    Column{"blk", Side::Right, 1, [](const Value& peer, Now now) { return ago(peer, "last_block", now, 60); }},
    Column{"hb", Side::Left, 1,
           [](const Value& peer, Now) {
             return std::string{flag_of(peer, "bip152_hb_to") ? "." : " "} +
                    (flag_of(peer, "bip152_hb_from") ? "*" : "");
           }},
    Column{"addrp", Side::Right, 1, [](const Value& peer, Now) { return count_of(peer, "addr_processed"); }},
    Column{"addrl", Side::Right, 1, [](const Value& peer, Now) { return count_of(peer, "addr_rate_limited"); }},
    Column{"age", Side::Right, 1, [](const Value& peer, Now now) { return ago(peer, "conntime", now, 60); }},
    Column{"id", Side::Right, 1, [](const Value& peer, Now) { return std::to_string(number_of(peer, "id")); }},
    Column{"address", Side::Left, 2, [](const Value& peer, Now) { return text_of(peer, "addr"); }},
    Column{"version", Side::Left, 3,
           [](const Value& peer, Now) { return std::to_string(number_of(peer, "version")) + text_of(peer, "subver"); }},
};

bool is_shown(const Column& column, int level) {
  if (column.level == 2) return shows_address(level);
  return column.level == 3 ? shows_version(level) : level >= column.level;
}

std::vector<const Value*> sorted(const Value& peers, bool only_outbound) {
  std::vector<const Value*> order;
  for (const Value& peer : peers.items()) {
    if (!only_outbound || !flag_of(peer, "inbound")) order.push_back(&peer);
  }
  std::stable_sort(order.begin(), order.end(), [](const Value* a, const Value* b) {
    const auto key = [](const Value& peer) {
      const Value* ping = peer.find("minping");
      return std::make_tuple(!flag_of(peer, "inbound"), short_kind(peer),
                             ping == nullptr ? HUGE_VAL : ping->as_double().value_or(HUGE_VAL));
    };
    return key(*a) < key(*b);
  });
  return order;
}

std::string peer_table(const std::vector<const Value*>& peers, int level, std::int64_t now) {
  std::vector<std::string> lines(peers.size() + 1);
  for (const Column& column : kColumns) {
    if (!is_shown(column, level)) continue;
    std::vector<std::string> cells{std::string{column.title}};
    for (const Value* peer : peers) cells.push_back(column.cell(*peer, now));
    std::size_t width = 0;
    for (const std::string& cell : cells) width = std::max(width, cell.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(width - cells[i].size(), ' ');
      lines[i] += (column.side == Side::Right ? padding + cells[i] : cells[i] + padding) + "  ";
    }
  }
  std::string text;
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text + '\n';
}

std::string network_table(const Value& peers) {
  constexpr std::array<std::string_view, 6> kNetworks{"ipv4", "ipv6", "onion", "i2p", "cjdns", "npr"};
  std::map<std::string, std::array<int, 2>, std::less<>> counts;
  for (const Value& peer : peers.items()) {
    ++counts[short_network(text_of(peer, "network"))][flag_of(peer, "inbound") ? 0 : 1];
  }
  std::string text = "        in   out   total\n";
  std::array<int, 2> all{};
  const auto row = [&](std::string_view name, const std::array<int, 2>& count) {
    char line[80];
    std::snprintf(line, sizeof line, "%-6s %3d   %3d   %5d\n", std::string{name}.c_str(), count[0], count[1],
                  count[0] + count[1]);
    text += line;
  };
  for (const std::string_view name : kNetworks) {
    const auto found = counts.find(name);
    if (found == counts.end()) continue;
    row(name, found->second);
    all[0] += found->second[0];
    all[1] += found->second[1];
  }
  row("total", all);
  return text;
}

std::string own_addresses(const Value& network) {
  const Value* list = network.find("localaddresses");
  if (list == nullptr || list->items().empty()) return "\nLocal addresses: n/a\n";
  std::string text = "\nLocal addresses\n";
  for (const Value& one : list->items()) {
    text += text_of(one, "address") + "  port " + std::to_string(number_of(one, "port")) + "  score " +
            std::to_string(number_of(one, "score")) + '\n';
  }
  return text;
}

}  // namespace

Text net_info(const NodeClient& node, const std::vector<std::string>& words, std::int64_t now) {
  KP_TRY(const Choice choice, choice_from(words));
  if (choice.wants_help) return std::string{kHelp};
  KP_TRY(const auto replies, node.batch({{"getpeerinfo", Value::array({})}, {"getnetworkinfo", Value::array({})}}));
  const auto& [peers, network] = std::tie(replies[0], replies[1]);
  if (!peers) return Err{peers.error()};
  if (!network) return Err{network.error()};
  std::string text = "kepeng-cli: connected to " + text_of(*network, "subversion") + "\n\n";
  if (choice.level > 0) text += peer_table(sorted(*peers, choice.only_outbound), choice.level, now);
  return text + network_table(*peers) + own_addresses(*network);
}

}  // namespace kepeng::cli
