#include "app_checks.hpp"
#include "call_reports.hpp"
#include "console/console_desk.hpp"
#include "recording/record_desk.hpp"
#include "runtime_metrics.hpp"
#include "token_command.hpp"

#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/notify.hpp>
#include <calluna/runtime/service.hpp>
#include <calluna/runtime/services.hpp>
#include <calluna/runtime/supervisor.hpp>
#include <calluna/runtime/watcher.hpp>
#include <calluna/runtime/web_door.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unistd.h>

namespace calluna::runtime::service {
namespace {

using nlohmann::json;

/// The parts of a running runtime and how they are tied together; all on the IO thread, which is
/// the one that runs `serve`.
class running {
 public:
  running(config const& settings, logger log)
      : settings_(settings),
        log_(std::move(log)),
        services_(loop_.get_executor(), settings, log_),
        door_(settings.http
                  ? std::make_unique<web_door>(loop_.get_executor(), settings, log_.named("http"))
                  : nullptr),
        supervisor_(loop_.get_executor(), settings, log_, shared(), services_.own_apps()),
        reports_(loop_.get_executor(), supervisor_.calls()),
        records_(loop_.get_executor(), supervisor_, log_.named("record")),
        consoles_(loop_.get_executor(), supervisor_, log_.named("console")),
        signals_(loop_, SIGTERM, SIGINT),
        heartbeat_(loop_) {}

  int serve() {
    for (auto const& warning : settings_.warnings) log_.warning(warning);
    if (!open_control() || !open_watcher() || !open_door() || !open_agi()) return 1;
    supervisor_.on_change = [this] { tell_ready(); };
    signals_.async_wait([this](boost::system::error_code const& code, int number) {
      if (!code) stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
    });
    beat();
    supervisor_.start([this] { tell_ready(); });
    loop_.run();
    return 0;
  }

 private:
  bindings::app_services shared() const {
    auto all = services_.shared();
    if (door_) all.push = door_->hub();
    return all;
  }

  static unique_function<void(result<void>)> empty_answer(control_server::reply answer) {
    return [answer = std::move(answer)](result<void> outcome) mutable {
      if (outcome)
        answer(json::object());
      else
        answer(fail(std::move(outcome).error()));
    };
  }

  bool open_control() {
    auto control = control_server::listen(loop_.get_executor(), settings_.runtime.control_socket,
                                          log_.named("control"));
    if (!control) {
      log_.error(control.error().message);
      return false;
    }
    control_ = std::move(*control);
    control_->on("status", [this](json const&, control_server::reply answer) {
      auto status = supervisor_.status();
      services_.add_status(status);
      if (agi_) status["agi"] = agi_->status();
      if (door_) status["http"] = door_->status();
      status["pid"] = ::getpid();
      status["stopping"] = stopping_;
      answer(std::move(status));
    });
    control_->on("calls", [this](json const&, control_server::reply answer) {
      reports_.list(std::move(answer));
    });
    control_->on("tail", [this](json const& request, control_server::reply answer) {
      reports_.tail(request, std::move(answer));
    });
    control_->on("record", [this](json const& request, control_server::reply answer) {
      records_.answer(request, std::move(answer));
    });
    control_->on("check", [this](json const&, control_server::reply answer) {
      ask_app_checks(loop_.get_executor(), supervisor_, std::move(answer));
    });
    control_->on("console", [this](json const& request, control_server::reply answer) {
      consoles_.answer(request, control_->asking(), std::move(answer));
    });
    control_->on("rotate_key", [this](json const& request, control_server::reply answer) {
      services_.rotate_key(request.value("odoo", ""), empty_answer(std::move(answer)));
    });
    control_->on("reload", [this](json const& request, control_server::reply answer) {
      supervisor_.reload(request.value("app", ""), empty_answer(std::move(answer)));
    });
    control_->on("token", [this](json const& request, control_server::reply answer) {
      if (!door_)
        return answer(fail(error_kind::invalid, "no [http] is configured, so there are no tokens"));
      auto done = run_token_command(door_->tokens(), request);
      if (done) door_->tokens_changed();
      answer(std::move(done));
    });
    return true;
  }

  bool open_door() {
    if (!door_) return true;
    auto const opened = door_->open([this] { return supervisor_.ready() && !stopping_; },
                                    [this](web::metrics_writer& out) {
                                      auto status = supervisor_.status();
                                      if (agi_) status["agi"] = agi_->status();
                                      write_metrics(status, out);
                                    });
    if (!opened) log_.error(opened.error().message);
    supervisor_.http = door_.get();
    return opened.has_value();
  }

  bool open_agi() {
    if (!settings_.agi) return true;
    auto opened = agi_door::open(loop_.get_executor(), *settings_.agi, log_.named("agi"));
    if (!opened) {
      log_.error("agi: " + opened.error().message);
      return false;
    }
    agi_ = std::move(*opened);
    supervisor_.agi = agi_.get();
    return true;
  }

  bool open_watcher() {
    if (!settings_.runtime.watch) return true;
    auto made = watcher::create(
        loop_.get_executor(), settings_.runtime.debounce, log_.named("watcher"),
        [this](std::set<std::filesystem::path> const& changed) {
          std::set<std::string> apps;
          for (auto const& path : changed)
            apps.insert(app_of_path_[path].begin(), app_of_path_[path].end());
          for (auto const& app : apps)
            supervisor_.reload(app, [](result<void> const&) {});  // the supervisor logs how it went
        });
    if (!made) {
      log_.error(made.error().message);
      return false;
    }
    watcher_ = std::move(*made);
    for (auto const& app : settings_.apps) watch(app.path, app.name);
    // What an app has loaded from elsewhere (a file of partners, say) counts too.
    supervisor_.on_files = [this](std::string const& app, std::vector<std::string> const& files) {
      for (auto const& file : files) {
        auto const path = std::filesystem::absolute(file).lexically_normal();
        bool const inside =
            std::any_of(settings_.apps.begin(), settings_.apps.end(), [&](app_config const& a) {
              return a.name == app && path.string().rfind(a.path.string(), 0) == 0;
            });
        if (!inside) watch(path, app);
      }
    };
    return true;
  }

  void watch(std::filesystem::path const& path, std::string const& app) {
    auto& apps = app_of_path_[path];
    if (apps.empty()) watcher_->watch(path);
    apps.insert(app);
  }

  void tell_ready() {
    if (told_ready_ || stopping_ || !supervisor_.ready()) return;
    told_ready_ = true;
    log_.info("ready: every PBX is logged in, every app serves");
    notify_ready("serving");
  }

  void beat() {
    auto const interval = notify_watchdog_interval();
    if (!interval) return;
    heartbeat_.expires_after(*interval);
    heartbeat_.async_wait([this](boost::system::error_code const& code) {
      if (code) return;
      notify_watchdog();
      beat();
    });
  }

  void stop(char const* why) {
    if (std::exchange(stopping_, true)) return;
    log_.info(
        fmt::format("{}: no new calls; live ones have {} s", why, settings_.runtime.stop.count()));
    notify_stopping();
    supervisor_.on_files = nullptr;
    watcher_.reset();
    if (agi_) agi_->stop_listening();
    if (door_) door_->close_entrance();
    consoles_.stop([this] { all_ended(); });
    supervisor_.stop(settings_.runtime.stop, [this] { all_ended(); });
    // A second signal does not wait.
    signals_.async_wait([this](boost::system::error_code const& code, int) {
      if (!code) loop_.stop();
    });
  }

  /// Told by the consoles and by the supervisor.
  void all_ended() {
    if (--ending_ != 0) return;
    log_.info("stopped");
    heartbeat_.cancel();
    signals_.cancel();
    control_.reset();
    supervisor_.agi = nullptr;
    agi_.reset();
    if (door_) door_->stop();
    services_.stop();
    loop_.stop();
  }

  config const& settings_;
  logger log_;
  boost::asio::io_context loop_{1};
  services services_;
  std::unique_ptr<web_door> door_;
  supervisor supervisor_;
  call_reports reports_;
  recording::record_desk records_;
  console::console_desk consoles_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer heartbeat_;
  std::unique_ptr<control_server> control_;
  std::unique_ptr<watcher> watcher_;
  std::unique_ptr<agi_door> agi_;
  std::map<std::filesystem::path, std::set<std::string>> app_of_path_;
  bool told_ready_ = false;
  bool stopping_ = false;
  int ending_ = 2;
};

}  // namespace

int run(config const& settings, run_options const& options) {
  running everything(settings, logger(options.log, "runtime"));
  int const code = everything.serve();
  if (loop_thread::abandoned() != 0) ::_exit(code);  // their threads may be anywhere
  return code;
}

}  // namespace calluna::runtime::service
