#pragma once
#include <calluna/agi/connection.hpp>
#include <calluna/bindings/http_door.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace calluna::bindings {

/// What comes to an app from outside and is answered by a task of its own.
using visit = std::variant<std::shared_ptr<http_exchange>, std::shared_ptr<agi::connection>>;

// For each kind of visit; all from any thread.

/// About what it holds in memory, bytes.
std::size_t size_of(http_exchange const& exchange) noexcept;
/// No handler takes it: the app is overrun, or about to end. To be tried again.
void refuse(http_exchange& exchange);
/// Its handler ended with an error.
void fail(http_exchange& exchange);
/// See http_exchange::gone, on_gone.
bool is_gone(http_exchange const& exchange) noexcept;
void on_gone(http_exchange& exchange, unique_function<void()> tell);
/// What its leaving is called; static storage.
char const* gone_words(http_exchange const& exchange) noexcept;

std::size_t size_of(agi::connection const& session) noexcept;
void refuse(agi::connection& session);
void fail(agi::connection& session);
bool is_gone(agi::connection const& session) noexcept;
void on_gone(agi::connection& session, unique_function<void()> tell);
char const* gone_words(agi::connection const& session) noexcept;

/// How much has been let into one app, from its delivery to the end of its task. Any thread.
class visit_load {
 public:
  static constexpr std::size_t most = 2'000;
  static constexpr std::size_t most_bytes = std::size_t{64} << 20;

  /// Counts one visit for as long as it lives; the load must outlive it.
  class place {
   public:
    place(visit_load& load, std::size_t bytes) noexcept : load_(&load), bytes_(bytes) {
      ++load.open_;
      load.bytes_ += bytes;
    }
    place(place&& other) noexcept
        : load_(std::exchange(other.load_, nullptr)), bytes_(other.bytes_) {}
    place& operator=(place&& other) noexcept {
      std::swap(load_, other.load_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~place() {
      if (load_ == nullptr) return;
      --load_->open_;
      load_->bytes_ -= bytes_;
    }

   private:
    visit_load* load_;
    std::size_t bytes_;
  };

  bool fits(std::size_t bytes) const noexcept {
    return open_ < most && bytes_ + bytes <= most_bytes;
  }
  std::size_t open() const noexcept { return open_; }

 private:
  std::atomic<std::size_t> open_{0}, bytes_{0};
};

}  // namespace calluna::bindings
