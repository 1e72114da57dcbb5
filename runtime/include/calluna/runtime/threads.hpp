#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace calluna::runtime {

/// A thread with a loop of its own. This file is the only one that makes threads.
///
/// `finish` ends the loop when what is running now has returned; the thread is joined on
/// destruction. One that is stuck can be `abandon`ed: it is then left alone until it returns, and
/// its memory with it.
class loop_thread {
 public:
  /// `name`: at most 15 characters, for ps and top.
  explicit loop_thread(std::string const& name);
  ~loop_thread();
  loop_thread(loop_thread const&) = delete;
  loop_thread& operator=(loop_thread const&) = delete;

  io::executor executor() const;
  /// How much of a processor it has used; the thread that made it may ask.
  std::chrono::nanoseconds used() const;
  /// Any thread.
  void finish();
  /// Any thread: gives up waiting for it.
  void abandon();
  /// Threads of this process that are neither joined nor abandoned yet.
  static int alive() noexcept;
  /// Threads abandoned and not yet returned, in this process.
  static int abandoned() noexcept;

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

/// Threads for work that blocks: SQLite, HTTP to business systems. What is queued when it is
/// destroyed is dropped; what runs is waited for.
class worker_pool {
 public:
  /// `name`: at most 15 characters.
  worker_pool(std::string const& name, std::size_t threads);
  ~worker_pool();
  worker_pool(worker_pool const&) = delete;
  worker_pool& operator=(worker_pool const&) = delete;

  io::executor executor() const;

 private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

}  // namespace calluna::runtime
