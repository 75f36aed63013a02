// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// MempoolService: the mempool on top of the chain: follows every block, takes transactions from RPC and peers, and
// keeps what it holds over a restart.
//
// The thread "mempool" owns pool and admission; methods may be called from any thread and wait for it, `look` and the
// events run inside it and must be quick. Coins are read from the chain thread, and what they say holds for one tip: a
// transaction is judged against the pool as of that tip. A failing disk is a Fault and never a verdict. A simulation,
// whose time is not that of threads, drives the service itself and does the thread's work when it pleases.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <kepeng/base/env.h>
#include <kepeng/base/log.h>
#include <kepeng/base/time.h>
#include <kepeng/mempool/mempool_file.h>
#include <kepeng/mempool/submission.h>
#include <kepeng/script_cache/caches.h>
#include <kepeng/validation/engine.h>

namespace kepeng::mempool_service {

enum class Drive : std::uint8_t { OwnThread, Caller };

struct ServiceOptions {
  mempool::AdmissionOptions admission;
  mempool::ClusterLimits clusters;
  // Where it is noted whose scripts have verified; null: nowhere.
  std::shared_ptr<script_cache::ScriptCache> verified{};
  int script_threads = 0;  // threads that verify, the mempool's included; 0: as many as there are processors
  std::uint64_t signature_cache_bytes = script_cache::kDefaultCacheBytes;
  std::string directory;  // of mempool.dat; empty: nothing is kept
  bool keeps = true;      // -persistmempool
  mempool::FileVersion file_version = mempool::FileVersion::Obfuscated;
  // Caller: all calls come from one thread, which is the service's while they last.
  Drive drive = Drive::OwnThread;
};

// What is taken of a file besides its transactions.
struct ImportChoices {
  bool uses_current_time = false;
  bool takes_deltas = true;
  bool takes_unbroadcast = true;
};

// What happened in the pool, in order.
struct MempoolEvent {
  enum class Kind : std::uint8_t { Added, Removed };
  // Restored: it was accepted before, of this node or of another one, and comes out of a file.
  enum class Why : std::uint8_t { Accepted, Restored, Confirmed, Conflict, Replaced, SizeLimit, Expiry, Reorganised };
  Kind kind;
  Why why;
  PackedTxPtr tx;
  std::uint64_t sequence = 0;
  std::int64_t fee_per_kvb = 0;    // of what was added
  std::int64_t mined_per_kvb = 0;  // of the chunk that it is in
  bool is_unbroadcast = false;     // ours, and nobody has asked for it yet
  // Of what was added, for those who learn from it.
  struct Arrival {
    Amount fee{};           // without what the operator adds
    std::int64_t size = 0;  // virtual bytes
    UnixTime time{};
    Height height = 0;      // of the tip then
    bool is_alone = false;  // spends nothing unconfirmed, and nobody pays for it
  };
  Arrival arrival{};
};

// What a block brought, as the pool saw it. Told after the events of its transactions.
struct BlockEvent {
  struct Mined {
    Txid txid;
    bool was_alone;  // it paid for itself only, and nobody else for it
  };
  const chain::Entry* block = nullptr;
  std::vector<Mined> mined{};     // those that were in the pool
  std::int64_t weight = 0;        // of all but the coinbase
  std::int64_t weight_known = 0;  // of those that were in the pool
};

class MempoolService {
 public:
  // All outlive it; the engine is closed before it dies.
  struct Dependencies {
    validation::Engine& engine;
    Logger& log;
    Clock& clock;
    const params::NetworkParams& network;
    Env& env;
  };
  static std::unique_ptr<MempoolService> start(const Dependencies& dependencies, ServiceOptions options);
  ~MempoolService();
  // Writes mempool.dat, ends the thread. Afterwards everything answers with a Fault.
  void stop();
  // Of one that its caller drives: what the thread would have done by now.
  void work();

  using Outcome = Result<mempool::PackageOutcome, Fault>;
  // `fee_max`: the sender wants to pay no more than that.
  Outcome submit(TxPtr tx, std::optional<Amount> fee_max = {});
  // One or several; `fee_max` of one alone.
  Outcome test(std::vector<TxPtr> package, std::optional<Amount> fee_max = {});
  // `rate_max`: the sender wants to pay no more than this; zero: any.
  Outcome submit_package(std::vector<TxPtr> package, policy::FeeRate rate_max);
  // The same without waiting, for those who have many under way. Who hands in (`from`: a peer's number) stands in a
  // line of its own, and the lines take turns. The callback runs in the pool's thread, after what followers are told,
  // and must be quick; it is dropped when the service stops. The caller bounds what is under way.
  using OnJudged = std::function<void(const Outcome&)>;
  void hand_in(std::uint64_t from, TxPtr tx, OnJudged on_judged);
  void hand_in_package(std::uint64_t from, std::vector<TxPtr> package, OnJudged on_judged);
  void try_out(TxPtr tx, OnJudged on_judged);  // a test
  // Somebody has asked for it: it is out.
  void note_asked_for(const Txid& txid);
  // Satoshi for 1,000 virtual bytes; less does not get in now. Never waits.
  std::int64_t minimum_fee_per_kvb() const;
  // False: it is here and has an output that is dust, so it must stay worth nothing to a miner by itself.
  bool prioritise(const Txid& txid, Amount delta);

  // Runs `look` in the pool's thread; false once it has stopped.
  bool look(const std::function<void(const mempool::Pool&, mempool::Admission&)>& look) const;
  struct Ground {
    const chain::Entry* tip = nullptr;  // what the pool builds on
    // False after blocks have left the chain, until it rests again: there may be transactions in the pool that cannot
    // be mined, because what they need has not come back, or is too young again.
    bool is_reviewed = true;
  };
  // The same, with the ground that the pool stands on.
  bool look_from_tip(const std::function<void(const mempool::Pool&, const Ground& ground)>& look) const;
  // Called in the pool's thread for everything that happens; first for all that is there, as if it came now.
  void subscribe(std::function<void(const MempoolEvent&)> follower);
  // Called in the pool's thread for every block that joins the chain.
  void subscribe_blocks(std::function<void(const BlockEvent&)> follower);

  // Transactions of ours that nobody has asked for yet.
  std::vector<Txid> unbroadcast() const;

  // mempool.dat as it stands; how many transactions.
  Result<std::size_t, Fault> save() const;
  struct Loaded {
    std::size_t accepted = 0;
    std::size_t failed = 0;
    std::size_t expired = 0;
    std::size_t known = 0;
  };
  // Waits until all of the file has been judged; everybody else is served meanwhile.
  Result<Loaded, Fault> load(const std::string& path, const ImportChoices& choices);
  // Has the file of the last run been read? It is not written before.
  bool is_loaded() const;
  const ServiceOptions& options() const;

 private:
  class Core;
  explicit MempoolService(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace kepeng::mempool_service
