#pragma once
#include <calluna/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace calluna::store {

/// One prepared SQL statement. Owned by whoever holds it, and not longer than its database. Not for
/// two threads at once.
class statement {
 public:
  /// Numbers count from 1, as in SQL's ?1.
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, std::string_view text);
  /// The bytes must stay where they are until the next `reset`.
  void bind_blob(int parameter, std::string_view bytes);

  /// The next row, true; no more of them, false.
  result<bool> step();
  /// For statements without rows: runs it once and makes it ready for the next time.
  result<void> run();
  /// Ready to be bound and run again.
  void reset();

  /// Of the row at hand; columns count from 0. Views are good until the next `step` or `reset`.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class database;
  struct finalizer {
    void operator()(sqlite3_stmt* s) const noexcept;
  };
  statement(sqlite3* database, sqlite3_stmt* s) : database_(database), statement_(s) {}
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, finalizer> statement_;
};

/// One SQLite database file in WAL mode. Calls block: not for the IO thread, nor for two threads at
/// once. Errors: kind `protocol`, with SQLite's result code as `code` and the file in the message;
/// `retryable` if another process held the file (after five seconds of trying).
class database {
 public:
  /// Opens `path`, and makes it (with its folder) if there is none; "" is one in memory only.
  static result<database> open(std::string const& path);

  result<void> execute(char const* sql);
  result<statement> prepare(char const* sql);

  /// The number a schema gives itself (PRAGMA user_version); 0 for a new file.
  result<int> version();
  result<void> set_version(int version);

  std::string const& path() const noexcept { return path_; }

 private:
  struct closer {
    void operator()(sqlite3* d) const noexcept;
  };
  database(sqlite3* d, std::string path) : database_(d), path_(std::move(path)) {}
  std::unique_ptr<sqlite3, closer> database_;
  std::string path_;
};

/// All or nothing: rolled back when destroyed, unless committed.
class transaction {
 public:
  static result<transaction> begin(database& in);
  transaction(transaction&& other) noexcept;
  ~transaction();
  result<void> commit();

 private:
  explicit transaction(database& in) : database_(&in) {}
  database* database_;
};

}  // namespace calluna::store
