// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/node/node.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include <kepeng/base/env.h>
#include <kepeng/base/file_lock.h>
#include <kepeng/fee_service/fee_service.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/http_service.h>
#include <kepeng/validation/engine.h>

#include <kepeng/housekeeping/start_work.h>
#include <kepeng/housekeeping/tip_reporter.h>
#include <kepeng/mempool_config/mempool_options.h>
#include <kepeng/peer_config/peer_options.h>
#include <kepeng/process/commands.h>
#include <kepeng/process/descriptors.h>
#include "chain_options.h"
#include "rpc_options.h"

namespace kepeng::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOtherDescriptors = 200;  // files, databases, RPC, and peers that we call
constexpr int kTickMs = 1000;                   // how often failures are looked for

Fault config_fault(std::string message) {
  return {FaultKind::Config, std::move(message)};
}

Result<Unit, Fault> make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error || fs::is_directory(path)) return Unit{};
  return Err{Fault{FaultKind::Io, "Cannot create directory " + path.string() + ": " + error.message() + "."}};
}

}  // namespace

class Node::Impl {
 public:
  Impl(const config::Options& options, const config::Environment& environment)
      : options_{options}, environment_{environment}, shutdown_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}
  ~Impl() {
    static_cast<void>(stop());
    ::close(shutdown_);
  }

  Result<Unit, Fault> start();
  void run(int signal_descriptor);
  void request_shutdown();
  Result<Unit, Fault> stop();
  // Says what went wrong and asks for shutdown.
  void fail(Fault fault);

 private:
  Result<Unit, Fault> open_directories();
  Result<Unit, Fault> start_log();
  Result<Unit, Fault> write_pid_file();
  Result<Unit, Fault> fill_services();
  Result<Unit, Fault> start_rpc();
  Result<Unit, Fault> open_engine();
  Result<Unit, Fault> start_mempool();
  void start_fees();
  void start_followers();
  void leave_descriptors_for_others(std::size_t& inbound_max);
  Result<Unit, Fault> start_peers();
  void take_signals(int descriptor);
  std::optional<Fault> failure() const;

  // In the order of construction; taken down in reverse by `stop`.
  const config::Options& options_;
  config::Environment environment_;
  const std::int64_t started_ns_ = steady_ns();
  int shutdown_;
  std::atomic<bool> stopping_{false};
  bool is_stopped_ = false;
  Guarded<std::optional<Fault>> failure_;
  std::unique_ptr<Env> env_ = posix_env();
  Clock clock_;
  Logger logger_;
  process::Commands commands_{logger_};
  std::optional<params::NetworkParams> network_;
  std::vector<FileLock> locks_;
  fs::path pid_file_;  // empty: not written
  rpc::Services services_;
  rpc::Credentials credentials_;
  std::optional<rpc::CookieFile> cookie_;
  std::optional<rpc::Dispatcher> dispatcher_;
  std::optional<rpc::HttpService> service_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<validation::Engine> engine_;
  const std::shared_ptr<script_cache::ScriptCache> verified_scripts_ =
      std::make_shared<script_cache::ScriptCache>(mempool_config::script_cache_bytes_from(options_));
  std::unique_ptr<mempool_service::MempoolService> mempool_;
  std::unique_ptr<fee_service::FeeService> fees_;
  std::unique_ptr<peering::PeerNetwork> peers_;
  std::unique_ptr<housekeeping::TipReporter> reporter_;
  std::unique_ptr<housekeeping::StartWork> start_work_;
};

Result<Unit, Fault> Node::Impl::start() {
  KP_TRY(network_, network_from(options_));
  KP_TRY_VOID(open_directories());
  KP_TRY_VOID(start_log());
  KP_TRY_VOID(write_pid_file());
  if (const std::int64_t time = options_.get_int("mocktime"); time != 0) clock_.mock({time});
  KP_TRY_VOID(fill_services());
  if (options_.get_bool("server")) KP_TRY_VOID(start_rpc());
  KP_TRY_VOID(open_engine());
  KP_TRY_VOID(start_mempool());
  start_fees();
  start_followers();
  KP_TRY_VOID(start_peers());
  if (dispatcher_) dispatcher_->end_warmup();
  KP_LOG_INFO(logger_, "Done loading");
  if (const std::string command = options_.get_string("startupnotify"); !command.empty()) commands_.run(command);
  return Unit{};
}

Result<Unit, Fault> Node::Impl::open_directories() {
  if (options_.is_set("datadir") && !fs::is_directory(options_.base_directory())) {
    return Err{config_fault("Specified data directory \"" + options_.base_directory().string() + "\" does not exist.")};
  }
  if (options_.is_set("blocksdir") && !fs::is_directory(options_.get_path("blocksdir"))) {
    return Err{config_fault("Specified blocks directory \"" + options_.get_string("blocksdir") + "\" does not exist.")};
  }
  const fs::path blocks = options_.blocks_parent() / "blocks";
  for (const fs::path& directory : {options_.network_directory(), blocks}) {
    KP_TRY_VOID(make_directory(directory));
    KP_TRY(auto lock, FileLock::acquire(directory));
    locks_.push_back(std::move(lock));
  }
  return Unit{};
}

Result<Unit, Fault> Node::Impl::start_log() {
  apply_log_choices(options_, logger_);
  KP_TRY_VOID(logger_.start(log_options_from(options_)));
  std::string version = config::version_text(config::Program::Node);
  while (version.ends_with('\n')) version.pop_back();
  KP_LOG_INFO(logger_, "{}", version);
  KP_LOG_INFO(logger_, "Using data directory {}", options_.network_directory().string());
  if (!options_.config_file().empty()) KP_LOG_INFO(logger_, "Config file: {}", options_.config_file().string());
  for (const std::string& line : options_.describe()) KP_LOG_INFO(logger_, "{}", line);
  for (const std::string& warning : options_.warnings()) KP_LOG_WARNING(logger_, "{}", warning);
  return Unit{};
}

Result<Unit, Fault> Node::Impl::write_pid_file() {
  const fs::path path = options_.get_path("pid");
  if (path.empty()) return Unit{};
  std::ofstream file{path, std::ios::trunc};
  file << ::getpid() << '\n';
  file.close();
  if (!file) return Err{Fault{FaultKind::Io, "Unable to create the PID file '" + path.string() + "'."}};
  pid_file_ = path;
  return Unit{};
}

Result<Unit, Fault> Node::Impl::fill_services() {
  services_.network = &*network_;
  services_.clock = &clock_;
  services_.logger = &logger_;
  services_.request_shutdown = [this] { request_shutdown(); };
  services_.uptime_seconds = [this] { return (steady_ns() - started_ns_) / 1'000'000'000; };
  services_.warnings = [this] {
    return services_.peers == nullptr ? std::vector<std::string>{} : services_.peers->warnings();
  };
  services_.is_stopping = [this] { return stopping_.load(); };
  services_.data_directory = options_.network_directory().string();
  services_.log_path = options_.get_path("debuglogfile").string();
  KP_TRY(services_.user_agent, peer_config::user_agent_from(options_));
  services_.ban_seconds = options_.get_int("bantime");
  services_.deprecated = options_.get_list("deprecatedrpc");
  if (const auto version = options_.find_int("blockversion"); version && network_->is_mockable()) {
    services_.block_version = static_cast<std::int32_t>(*version);
  }
  return Unit{};
}

Result<Unit, Fault> Node::Impl::start_rpc() {
  KP_TRY(credentials_, credentials_from(options_));
  if (wants_cookie(options_)) {
    KP_TRY(auto cookie, rpc::CookieFile::create(options_.get_path("rpccookiefile"), cookie_readers_from(options_)));
    cookie_.emplace(std::move(cookie));
    credentials_.add_password(rpc::CookieFile::kUser, cookie_->password());
  }
  dispatcher_.emplace(services_, rpc::all_families(), whitelist_from(options_));
  dispatcher_->set_warmup("Loading block index…");
  service_.emplace(*dispatcher_, credentials_, logger_);
  KP_TRY(auto server, server_options_from(options_));
  server.logger = &logger_;
  KP_TRY(server_, http::Server::start(
                      std::move(server), [this](const http::RequestHead& head) { return service_->admit(head); },
                      [this](http::Request request, http::Responder responder) {
                        service_->handle(std::move(request), std::move(responder));
                      }));
  for (const http::Endpoint& endpoint : server_->endpoints()) {
    KP_LOG_INFO(logger_, "RPC server on {} port {}", endpoint.address, endpoint.port);
  }
  return Unit{};
}

Result<Unit, Fault> Node::Impl::open_engine() {
  KP_TRY(auto engine_options, engine_options_from(options_, environment_));
  engine_options.verified_before = verified_scripts_;
  KP_LOG_INFO(logger_, "Using {} MiB for the coin cache and the databases", engine_options.cache_bytes >> 20);
  const std::int64_t since = steady_ns();
  KP_TRY(engine_, validation::Engine::open({*env_, logger_, clock_, *network_}, std::move(engine_options)));
  const auto view = engine_->view();
  KP_LOG_INFO(logger_, "Loaded best chain: hashBestChain={} height={} ({} ms)", view->tip()->hash.to_string(),
              view->height(), (steady_ns() - since) / 1'000'000);
  services_.engine = engine_.get();
  return Unit{};
}

Result<Unit, Fault> Node::Impl::start_mempool() {
  KP_TRY(auto options, mempool_config::mempool_options_from(options_, *network_));
  options.verified = verified_scripts_;
  mempool_ = mempool_service::MempoolService::start({*engine_, logger_, clock_, *network_, *env_}, std::move(options));
  services_.mempool = mempool_.get();
  services_.template_limits = mempool_config::template_limits_from(options_);
  services_.logs_fee_rates = options_.get_bool("printpriority");
  return Unit{};
}

// Without other people's transactions there is nothing to learn from.
void Node::Impl::start_fees() {
  if (options_.get_bool("blocksonly")) return;
  fees_ = fee_service::FeeService::start({*mempool_, *engine_, logger_, clock_, *env_},
                                         {.directory = options_.network_directory().string(),
                                          .accepts_stale = options_.get_bool("acceptstalefeeestimates")});
  services_.fees = fees_.get();
  services_.advance_schedule = [this](std::int64_t seconds) { fees_->advance(seconds); };
}

void Node::Impl::start_followers() {
  housekeeping::TipReporter::Options reporter;
  reporter.stop_at_height = static_cast<Height>(options_.get_int("stopatheight"));
  reporter.on_stop_height = [this] { request_shutdown(); };
  if (const std::string command = options_.get_string("blocknotify"); !command.empty()) {
    reporter.on_new_tip = [this, command](const chain::Entry& tip) {
      commands_.run(process::fill_in(command, tip.hash.to_string()));
    };
  }
  reporter_ = std::make_unique<housekeeping::TipReporter>(
      housekeeping::TipReporter::Dependencies{*engine_, logger_, clock_}, std::move(reporter));
  housekeeping::StartWork::Plan plan;
  for (const std::string& file : options_.get_list("loadblock")) plan.files.emplace_back(file);
  plan.bootstrap = options_.network_directory() / "bootstrap.dat";
  plan.stop_after = options_.get_bool("stopafterblockimport");
  plan.check_level = static_cast<int>(options_.get_int("checklevel"));
  plan.check_blocks = static_cast<Height>(options_.get_int("checkblocks"));
  start_work_ = std::make_unique<housekeeping::StartWork>(
      *engine_, logger_, std::move(plan),
      housekeeping::StartWork::Hooks{[this](Fault fault) { fail(std::move(fault)); }, [this] { request_shutdown(); }});
}

// When descriptors run out it is peers that are refused, never RPC or a database (reliability P-35).
void Node::Impl::leave_descriptors_for_others(std::size_t& inbound_max) {
  const std::size_t may = process::raise_descriptor_limit(inbound_max + kOtherDescriptors);
  const std::size_t left = may > kOtherDescriptors ? may - kOtherDescriptors : 0;
  if (left >= inbound_max) return;
  KP_LOG_WARNING(logger_,
                 "This process may open only {} files and connections: {} peers can call us instead of {}. "
                 "Raise the limit (ulimit -n, or LimitNOFILE in a systemd unit) or lower -maxconnections.",
                 may, left, inbound_max);
  inbound_max = left;
}

Result<Unit, Fault> Node::Impl::start_peers() {
  KP_TRY(auto peers, peer_config::peer_options_from(options_, {*network_, *env_, logger_}));
  leave_descriptors_for_others(peers.inbound_max);
  KP_TRY(peers_,
         peering::PeerNetwork::start({*engine_, logger_, clock_, *network_, *env_, mempool_.get()}, std::move(peers)));
  services_.peers = peers_.get();
  return Unit{};
}

void Node::Impl::run(int signal_descriptor) {
  for (;;) {
    pollfd waiting[2] = {{shutdown_, POLLIN, 0}, {signal_descriptor, POLLIN, 0}};
    ::poll(waiting, 2, kTickMs);
    if ((waiting[1].revents & POLLIN) != 0) take_signals(signal_descriptor);
    if (stopping_ || engine_->fault()) return;
    commands_.reap();
  }
}

void Node::Impl::take_signals(int descriptor) {
  signalfd_siginfo signal{};
  if (::read(descriptor, &signal, sizeof signal) != sizeof signal) return;
  if (signal.ssi_signo == SIGHUP) {
    logger_.request_reopen();
    return;
  }
  KP_LOG_INFO(logger_, "Shutdown requested by signal {}", signal.ssi_signo);
  request_shutdown();
}

void Node::Impl::request_shutdown() {
  stopping_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(::write(shutdown_, &one, sizeof one) == sizeof one);
}

void Node::Impl::fail(Fault fault) {
  KP_LOG_ERROR(logger_, "{}", fault.message);
  failure_.with([&](auto& first) {
    if (!first) first = std::move(fault);
  });
  request_shutdown();
}

std::optional<Fault> Node::Impl::failure() const {
  if (auto own = failure_.with([](const auto& first) { return first; })) return own;
  return engine_ ? engine_->fault() : std::nullopt;
}

Result<Unit, Fault> Node::Impl::stop() {
  if (is_stopped_) return Unit{};
  is_stopped_ = true;
  stopping_ = true;
  KP_LOG_INFO(logger_, "Shutdown: In progress...");
  for (const std::string& command : options_.get_list("shutdownnotify")) commands_.run_and_wait(command);
  if (engine_) engine_->interrupt_waiters();
  if (server_) server_->stop();
  if (peers_) peers_->stop();
  if (mempool_) mempool_->stop();
  if (fees_) fees_->stop();
  if (service_) service_->stop();
  start_work_.reset();
  Result<Unit, Fault> closed = Unit{};
  if (engine_) closed = engine_->close();
  const auto why = failure();
  reporter_.reset();  // hears from the engine until that is closed
  services_.engine = nullptr;
  services_.peers = nullptr;
  services_.mempool = nullptr;
  services_.fees = nullptr;
  fees_.reset();
  mempool_.reset();  // heard from the engine, like the peers
  peers_.reset();    // heard from the engine too
  engine_.reset();
  server_.reset();
  cookie_.reset();
  std::error_code ignored;
  if (!pid_file_.empty()) fs::remove(pid_file_, ignored);
  KP_LOG_INFO(logger_, "Shutdown: done");
  locks_.clear();
  if (why) return Err{*why};
  return closed;
}

Node::Node(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Node::~Node() = default;

Result<std::unique_ptr<Node>, Fault> Node::start(const config::Options& options,
                                                 const config::Environment& environment) {
  auto impl = std::make_unique<Impl>(options, environment);
  if (auto started = impl->start(); !started) {
    impl->fail(started.error());
    return Err{std::move(started).error()};
  }
  return std::unique_ptr<Node>{new Node{std::move(impl)}};
}

void Node::run(int signal_descriptor) {
  impl_->run(signal_descriptor);
}
void Node::request_shutdown() {
  impl_->request_shutdown();
}
Result<Unit, Fault> Node::stop() {
  return impl_->stop();
}

}  // namespace kepeng::node
