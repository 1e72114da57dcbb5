#include "support/runtime_under_test.hpp"

#include <calluna/runtime/supervisor.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <thread>
#include <time.h>
#include <unistd.h>

namespace calluna::bench {
namespace {

/// Keeps the lines, so that a test can wait for one; prints what went wrong.
class waiting_log : public log_sink {
 public:
  void write(log_level level, std::string_view room, std::string_view text) override {
    if (level >= log_level::warning && printed_++ < 5)
      std::fprintf(stderr, "  %.*s: %.*s\n", int(room.size()), room.data(), int(text.size()),
                   text.data());
    std::lock_guard const lock(mutex_);
    seen_.insert(std::string(text));
    changed_.notify_all();
  }
  bool wait_for(std::string const& text, double seconds) {
    std::unique_lock lock(mutex_);
    bool const found = changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                                         [&] { return seen_.count(text) != 0; });
    seen_.erase(text);
    return found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> seen_;
  std::atomic<int> printed_{0};
};

double seconds_of(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

class runtime_under_test::impl {
 public:
  impl(std::string const& source, std::uint16_t ami_port, std::uint16_t ari_port)
      : work_(loop_.get_executor()) {
    folder_ =
        std::filesystem::temp_directory_path() / ("calluna_bench_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write(source);
    runtime::config c;
    runtime::pbx_config p;
    p.name = "main";
    if (ami_port != 0) {
      p.ami.emplace();
      p.ami->server = {"127.0.0.1", ami_port};
      p.ami->user = "calluna";
      p.ami->secret = "bench";
    }
    if (ari_port != 0) {
      p.ari.emplace();
      p.ari->server = {"127.0.0.1", ari_port};
      p.ari->user = "calluna";
      p.ari->password = "bench";
    }
    c.pbx.push_back(std::move(p));
    runtime::app_config a;
    a.name = "bench";
    a.path = folder_;
    a.budget = std::chrono::seconds(30);
    a.memory_bytes = std::size_t{1} << 30;
    a.soft_memory_bytes = std::size_t{900} << 20;
    c.apps.push_back(std::move(a));
    thread_ = std::thread([this] { loop_.run(); });
    boost::asio::post(loop_, [this, c = std::move(c)] {
      supervisor_ =
          std::make_unique<runtime::supervisor>(loop_.get_executor(), c, logger(log_, "bench"));
      supervisor_->on_change = [this] {
        if (supervisor_->ready() && !std::exchange(ready_, true))
          log_->write(log_level::info, "bench", "ready");
      };
      supervisor_->start([this] { supervisor_->on_change(); });
    });
  }

  ~impl() {
    std::promise<void> stopped;
    boost::asio::post(loop_, [&] {
      supervisor_->stop(std::chrono::milliseconds(0), [&] { stopped.set_value(); });
    });
    stopped.get_future().wait_for(std::chrono::seconds(10));
    work_.reset();
    loop_.stop();
    thread_.join();
    supervisor_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(std::string const& source) { std::ofstream(folder_ / "init.lua") << source; }

  void reload(std::string const& source) {
    write(source);
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
      supervisor_->reload("bench", [&](result<void> outcome) {
        if (!outcome) std::fprintf(stderr, "  %s\n", outcome.error().message.c_str());
        done.set_value();
      });
    });
    done.get_future().wait();
  }

  std::string status() {
    std::promise<std::string> text;
    boost::asio::post(loop_, [&] { text.set_value(supervisor_->status().dump(1)); });
    return text.get_future().get();
  }

  std::shared_ptr<waiting_log> log_ = std::make_shared<waiting_log>();

 private:
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
  std::filesystem::path folder_;
  std::unique_ptr<runtime::supervisor> supervisor_;
  bool ready_ = false;
};

runtime_under_test::runtime_under_test(std::string const& source, std::uint16_t ami_port,
                                       std::uint16_t ari_port)
    : impl_(std::make_unique<impl>(source, ami_port, ari_port)) {}
runtime_under_test::~runtime_under_test() = default;
bool runtime_under_test::wait_for_log(std::string const& text, double seconds) {
  return impl_->log_->wait_for(text, seconds);
}
void runtime_under_test::reload(std::string const& source) {
  impl_->reload(source);
}
std::string runtime_under_test::status() const {
  return impl_->status();
}

double process_cpu_seconds() {
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}
double thread_cpu_seconds() {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
double now_seconds() {
  return seconds_of(CLOCK_MONOTONIC);
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  auto const at = static_cast<std::size_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

}  // namespace calluna::bench
