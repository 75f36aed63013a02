// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// PeerNetwork: a node among others: drives the conversations (gossip) over sockets (net), with blocks and headers going
// to the engine.
//
// Three threads: `net` moves bytes, `peer` owns everything that is known of peers and does all the talking, `serve`
// reads the blocks that peers asked for. The methods may be called from any thread; those that look wait for the peer
// thread, which never waits for validation. What a peer may leave unread or unheard is bounded; a slow one is read more
// slowly.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/base/fault.h>
#include <kepeng/base/log.h>
#include <kepeng/base/result.h>
#include <kepeng/base/time.h>
#include <kepeng/crypto/bip324_cipher.h>
#include <kepeng/gossip/conversations.h>
#include <kepeng/gossip/outbound_plan.h>
#include <kepeng/gossip/own_addresses.h>
#include <kepeng/gossip/private_broadcast.h>
#include <kepeng/gossip/seed_plan.h>
#include <kepeng/net/endpoint.h>
#include <kepeng/params/network.h>
#include <kepeng/peering/routes.h>
#include <kepeng/reach/reach.h>
#include <kepeng/validation/engine.h>

namespace kepeng::mempool_service {
class MempoolService;
}

namespace kepeng::peering {

// Where to accept connections, and what who comes there may do.
struct ListenAt {
  net::Endpoint at;
  gossip::Permissions permissions{};
  enum class For : std::uint8_t {
    Everybody,
    Permitted,  // whoever comes there is granted more than others: nobody is led there unasked
    Onion,      // Tor brings our service's callers
  } is_for = For::Everybody;
  enum class Need : std::uint8_t {
    Must,  // the operator named it
    May,   // of those nobody named one is enough: an address family may be missing
  } need = Need::Must;

  // Others may be told of it: not of the door of those who cannot be banned.
  bool is_public() const {
    return is_for == For::Everybody || (is_for == For::Permitted && !permissions.has(gossip::Permission::NoBan));
  }
};

// How a connection begins: BIP324, and version 1 where that is not understood; or version 1 at once.
enum class Protocol : std::uint8_t { V1, V2 };

struct PeerOptions {
  std::vector<ListenAt> listen;
  std::uint16_t port = 0;              // that others are told
  std::vector<net::Endpoint> connect;  // whom to stay connected with, whatever is said later,
  std::vector<net::Endpoint> added;    // and whom until the operator says otherwise
  // Who is called unasked, by the address book: all zero with -connect.
  gossip::OutboundNumbers outbound;
  std::size_t inbound_max = 115;
  std::size_t inbound_relaying_max = SIZE_MAX;                                  // of these, who may relay transactions
  double announced_per_second = gossip::TransactionRelay::kAnnouncedPerSecond;  // transactions, to one peer
  std::size_t extra_transactions = gossip::CompactBlocks::kExtraMax;  // outside the mempool, for compact blocks
  std::size_t receive_max = 5'000'000;            // of one peer, not looked at yet: then it is read no further
  std::size_t send_max = 1'000'000;               // that one peer has not taken: then it is heard no more
  bool starts_active = true;                      // -networkactive: what set_active changes later
  bool speaks_v2 = true;                          // BIP324, with version 1 for those who do not
  std::optional<crypto::NetworkKey> network_key;  // a closed network: BIP324 only, with those who have the key
  std::string user_agent;
  std::int64_t handshake_timeout_ms = gossip::kHandshakeTimeoutMs;
  RouteOptions routes;
  gossip::SeedPlan::Options seeds;
  reach::ReachOptions reach;
  std::vector<wire::Endpoint> external;  // where the operator says that we are
  // Whether others are told of the addresses of this machine that we find ourselves.
  enum class Discover : std::uint8_t { Nothing, Interfaces } discover = Discover::Nothing;
  std::vector<gossip::Whitelisted> whitelist;
  std::uint64_t upload_target = 0;  // bytes a day; 0: none
  bool offers_bloom = false;        // BIP37
  bool blocks_only = false;         // asks nobody for transactions
  enum class PrivateBroadcast : std::uint8_t { Off, On } private_broadcast = PrivateBroadcast::Off;
  std::string directory;  // of peers.dat, banlist.json and anchors.dat; empty: nothing is kept
  std::shared_ptr<const gossip::Asmap> asmap;
  std::string capture_directory;  // where all messages are written down; empty: nowhere
};

struct PeerReport {
  gossip::Conversations::PeerFacts facts;
  net::Endpoint address;
  net::Endpoint local;
  std::string_view network;           // "ipv4" and so on; "not_publicly_routable"
  gossip::Asn autonomous_system = 0;  // 0: not known
  std::string transport;              // "v1", "v2", "detecting"
  std::string session_id;             // hex; empty without BIP324
  UnixTime connected;
  UnixTime last_send;
  UnixTime last_receive;
  UnixTime last_block;
  UnixTime last_transaction;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::size_t receive_memory = 0;  // bytes that it has sent and that wait, or are a message's beginning
  std::size_t send_memory = 0;     // bytes that it has not taken yet
  std::int64_t busy_ns = 0;        // of a processor, for what it has sent
  bool is_put_back = false;        // it takes so much of it that others are heard first
  std::map<std::string, std::uint64_t> sent_by_message;
  std::map<std::string, std::uint64_t> received_by_message;  // unknown ones together as "*other*"
};

struct AddedNode {
  net::Endpoint address;
  std::optional<gossip::Direction> connected;
};

class PeerNetwork {
 public:
  // All outlive it; but the engine may still call it until it is closed, so it dies after that.
  struct Dependencies {
    validation::Engine& engine;
    Logger& log;
    Clock& clock;
    const params::NetworkParams& network;
    Env& env;
    mempool_service::MempoolService* mempool = nullptr;  // without one there are no transactions
  };
  // Config fault where an address cannot be listened on.
  static Result<std::unique_ptr<PeerNetwork>, Fault> start(const Dependencies& dependencies, PeerOptions options);
  ~PeerNetwork();
  // Ends all connections and the threads. Afterwards the methods answer as if there were no peers.
  void stop();

  std::vector<PeerReport> peers() const;
  struct Totals {
    std::size_t inbound = 0;
    std::size_t outbound = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    bool is_active = true;
  };
  Totals totals() const;
  // How far the clocks of nodes that we have called are ahead of ours (P-27).
  std::int64_t time_offset_seconds() const;
  // What the operator should look after.
  std::vector<std::string> warnings() const;
  gossip::UploadTarget::Status upload() const;
  std::vector<net::Endpoint> listening() const;
  wire::Services services() const;
  // How addresses in fc00::/8 are meant.
  wire::NetworkAddress::Fc00 fc00() const;
  bool relays_transactions() const;
  // Transactions that one peer is told of in a second.
  double announced_per_second() const;

  struct NetworkReport {
    wire::AddressNetwork network;
    bool is_reachable = false;  // connections are opened to it unasked
    std::string proxy;          // empty: none
    bool isolates = false;      // each connection has other credentials for the proxy
  };
  std::vector<NetworkReport> networks() const;
  std::vector<gossip::OwnAddresses::Own> own_addresses() const;

  // Stays connected with this one. False if it was added before. Without a protocol: BIP324 if we speak it.
  bool add_node(const net::Endpoint& address, std::optional<Protocol> protocol = {});
  // No longer tries; a connection that is there stays. False if it was never added.
  bool remove_node(const net::Endpoint& address);
  std::vector<AddedNode> added_nodes() const;
  // Tries once, unless it is connected.
  void connect_once(const net::Endpoint& address, std::optional<Protocol> protocol = {});
  // False if there is no such peer.
  bool disconnect(gossip::PeerId peer);
  bool disconnect(const net::Endpoint& address);
  void ping_all();
  // A connection of this kind, now; for tests. False when the network is switched off.
  bool open_connection(const net::Endpoint& address, gossip::ConnectionKind kind, Protocol protocol);
  // Any bytes as a message; for tests. False if there is no such peer.
  bool send_message(gossip::PeerId peer, std::string_view name, Bytes payload);
  std::vector<gossip::Orphanage::Orphan> orphans() const;
  // Of a transaction in the mempool: peers that do not know it are told of it once more. Does not wait.
  void tell_again(const Wtxid& wtxid);
  gossip::TransactionRelay::Backlog backlog(gossip::TransactionRelay::Side side) const;
  // What is wrong with the wish for this block, or nothing.
  std::optional<std::string> fetch_block(gossip::PeerId peer, const chain::Entry& entry);

  // --- transactions that nobody is to know as ours (-privatebroadcast)
  bool broadcasts_privately() const;
  // NoWay: neither Tor nor I2P can be reached now.
  enum class PrivateAnswer : std::uint8_t { Taken, NoWay, NoRoom };
  PrivateAnswer broadcast_privately(const TxPtr& tx);
  std::vector<gossip::PrivateBroadcast::Report> private_broadcasts() const;
  // Those with this txid or wtxid, which are not sent any more.
  std::vector<TxPtr> abort_private_broadcast(const crypto::Hash32& id);

  // --- bans: kept in their file; who is connected from there has to go
  // False if it is banned for as long already.
  bool ban(const wire::Subnet& subnet, const gossip::Ban& ban);
  // False if just this subnet was not banned.
  bool unban(const wire::Subnet& subnet);
  void clear_bans();
  std::vector<gossip::BanList::Entry> bans() const;

  // --- the address book
  struct BookEntry {
    gossip::AddressBook::Table table;
    gossip::AddressBook::Place place;
    gossip::KnownAddress known;
    gossip::Asn mapped_as = 0;
    gossip::Asn source_mapped_as = 0;
  };
  // Every occupied place.
  std::vector<BookEntry> book() const;
  // By network: in the new and in the tried table.
  struct BookCounts {
    std::size_t fresh = 0;
    std::size_t tried = 0;
  };
  std::map<wire::AddressNetwork, BookCounts> book_counts() const;
  // At random, without those that are not wanted; 0: all.
  std::vector<wire::AddressEntry> sample_addresses(std::size_t count,
                                                   std::optional<wire::AddressNetwork> network) const;
  // As if the address had told us of itself.
  enum class Added : std::uint8_t { Yes, NotToNew, NotToTried };
  Added add_address(const wire::AddressEntry& entry, gossip::AddressBook::Table table);

  // Without it there are no connections at all.
  void set_active(bool is_active);

 private:
  class Core;
  explicit PeerNetwork(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace kepeng::peering
