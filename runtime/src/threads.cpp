#include <calluna/runtime/threads.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <csignal>
#include <pthread.h>
#include <thread>
#include <time.h>
#include <vector>

namespace calluna::runtime {
namespace {

std::atomic<int> alive_threads{0};
std::atomic<int> abandoned_threads{0};

void begin_thread(std::string const& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  // The process's own signals are for the IO thread.
  sigset_t ours;
  sigemptyset(&ours);
  for (int const number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ours, number);
  pthread_sigmask(SIG_BLOCK, &ours, nullptr);
}

}  // namespace

struct loop_thread::shared {
  boost::asio::io_context loop{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      loop.get_executor()};
  std::thread thread;
  std::atomic<bool> abandoned{false};
};

loop_thread::loop_thread(std::string const& name) : shared_(std::make_shared<shared>()) {
  ++alive_threads;
  shared_->thread = std::thread([s = shared_, name] {
    begin_thread(name);
    s->loop.run();
    if (s->abandoned) --abandoned_threads;
  });
}

loop_thread::~loop_thread() {
  finish();
  if (!shared_->thread.joinable()) return;  // abandoned
  shared_->thread.join();
  --alive_threads;
}

io::executor loop_thread::executor() const {
  return shared_->loop.get_executor();
}

std::chrono::nanoseconds loop_thread::used() const {
  clockid_t its{};
  timespec time{};
  if (!shared_->thread.joinable() ||
      ::pthread_getcpuclockid(shared_->thread.native_handle(), &its) != 0 ||
      ::clock_gettime(its, &time) != 0)
    return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void loop_thread::finish() {
  shared_->work.reset();
  shared_->loop.stop();
}

void loop_thread::abandon() {
  if (shared_->abandoned.exchange(true)) return;
  ++abandoned_threads;
  --alive_threads;
  shared_->loop.stop();
  shared_->thread.detach();
}

int loop_thread::alive() noexcept {
  return alive_threads;
}

int loop_thread::abandoned() noexcept {
  return abandoned_threads;
}

struct worker_pool::shared {
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      loop.get_executor()};
  std::vector<std::thread> threads;
};

worker_pool::worker_pool(std::string const& name, std::size_t threads)
    : shared_(std::make_unique<shared>()) {
  for (std::size_t i = 0; i < threads; ++i)
    shared_->threads.emplace_back([s = shared_.get(), name] {
      begin_thread(name);
      s->loop.run();
    });
}

worker_pool::~worker_pool() {
  shared_->loop.stop();
  for (auto& thread : shared_->threads) thread.join();
}

io::executor worker_pool::executor() const {
  return shared_->loop.get_executor();
}

}  // namespace calluna::runtime
