#pragma once
#include <calluna/clock.hpp>
#include <calluna/erp/call.hpp>
#include <calluna/erp/client_status.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace calluna::erp {

/// Whom to believe. Only for https.
struct tls_options {
  /// Checks the certificate's chain and name. Off only for tests.
  bool verify = true;
  /// PEM file with the authorities to trust; empty: the system's.
  std::string ca_file;
};

struct client_options {
  /// Its name in the configuration, in logs and errors.
  std::string name = "odoo";
  /// "https://erp.example", with a path if Odoo is served below one. Nothing after it.
  std::string url;
  std::string database;
  /// The login name. JSON-2 does without; JSON-RPC needs it.
  std::string user;
  /// API key, or (JSON-RPC only) password. Never shown anywhere.
  std::string key;
  /// Which transport to use; `automatic` asks the server.
  transport_choice transport = transport_choice::automatic;
  tls_options tls;
  /// Connections at most, each with one request at a time, kept open. The executor for blocking
  /// work needs that many threads to use them all.
  int max_connections = 4;
  /// Calls that wait or run; more are declined (`rejected`, code `busy`).
  std::size_t max_pending = 1000;
  /// For calls that name no deadline.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  /// An answer above this is given up (`malformed`).
  std::size_t max_answer = std::size_t{256} << 20;
  /// The description under which the key was made, to find its age and expiry among the user's
  /// keys; empty: known only if the user has a single one.
  std::string key_name;
};

/// What to leave out of `search_read`'s answer.
struct query {
  /// JSON text of a domain: `[["ref", "=", "A1"]]`.
  std::string domain = "[]";
  /// Empty: `display_name` alone (asking for all fields fails for ordinary users).
  std::vector<std::string> fields = {};
  std::int64_t offset = 0;
  /// 0: no limit.
  std::int64_t limit = 0;
  /// "write_date, id"; empty: the model's own.
  std::string order = {};
  /// JSON text of an object, `{"lang": "de_DE"}`; empty: none.
  std::string context = {};
};

/// A file for a record. Either `path` or `data`.
struct attachment {
  std::string model;
  record_id id = 0;
  /// What users see; empty: the last part of `path`.
  std::string name;
  /// Sent as it is read, never whole in memory.
  std::string path;
  std::string data;
  /// "audio/wav"; empty: Odoo finds out.
  std::string mimetype;
};

/// A business system, as apps use it: `client` over the network, or one that is played. Each
/// completion runs exactly once, never from inside the call that takes it. Any thread.
class system {
 public:
  using completion = unique_function<void(result<nlohmann::json>)>;
  using id_completion = unique_function<void(result<record_id>)>;
  /// `default_timeout` takes the options' one.
  using duration = std::chrono::milliseconds;
  static constexpr duration default_timeout{0};
  virtual ~system() = default;

  /// Any method of any model. The value is the method's.
  virtual void submit(call c, duration timeout, completion done) = 0;
  /// A list of records, `{id, ...fields}`.
  virtual void search_read(std::string model, query q, duration timeout, completion done) = 0;
  /// The records that exist, in the order of `ids`. Empty `fields`: `display_name` alone.
  virtual void read(std::string model, std::vector<record_id> ids, std::vector<std::string> fields,
                    duration timeout, completion done) = 0;
  /// The record with the values `key` (JSON text of an object) gets `values` (likewise), or is made
  /// with both; archived ones count. Done twice it is done once: after a lost answer it looks
  /// before it creates, and a uniqueness constraint that another was faster to fill means "it
  /// exists". Upserts of one key wait for each other. Without a constraint in Odoo, two *programs*
  /// that upsert the same new key at the same moment can still make two. Error `not_unique`:
  /// several records have the key, nothing was done. All failures without an answer are retryable.
  virtual void upsert(std::string model, std::string key, std::string values, duration timeout,
                      id_completion done) = 0;
  /// Makes an ir.attachment of the record. Error `file`: it cannot be read, or changed meanwhile.
  virtual void attach(attachment a, duration timeout, id_completion done) = 0;
  /// Writes an internal note into the record's history. `text` is plain unless `html`; lines are
  /// kept. The value is the message's id.
  virtual void note(std::string model, record_id id, std::string text, bool html, duration timeout,
                    id_completion done) = 0;
  /// The model's fields as `{name: {type, string, ...}}`; from memory after the first time.
  virtual void fields(std::string model, duration timeout, completion done) = 0;
  /// Who answers, after a login if there was none yet.
  virtual void version(duration timeout, unique_function<void(result<server_version>)> done) = 0;

  /// Logs in with `key` and, if the server accepts it, uses it from now on; otherwise the present
  /// one stays, and `done` gets why.
  virtual void rotate_key(std::string key, unique_function<void(result<void>)> done) = 0;
  /// At any time; as of a moment ago.
  virtual client_status status() const = 0;
  /// Ends everything; what is pending fails with `cancelled`. Final.
  virtual void stop() = 0;
};

/// One Odoo (14 to 19, and later ones as far as they serve JSON-2) behind one face: JSON-RPC or
/// JSON-2, whichever the server has.
///
/// Calls share a bounded pool of kept-alive connections. Each has a deadline, and each completion
/// runs exactly once, on `on`, never from inside the call that takes it.
///
/// - **Failures** have an `erp_errc` as code and Odoo's own words and type in the message.
///   `retryable` is true if nothing was sent, or if doing it twice does no harm.
/// - **Circuit breaker.** After a few calls in a row that got no answer, calls fail at once with
///   `offline` (retryable), until a single one, after a pause, gets through.
/// - **Batches.** `read`s of one model and the same fields that wait together become one request.
/// - **Missing fields.** The fields of a model are asked for once; those the server does not have
///   are left out of `search_read`'s and `read`'s fields and domains (a leaf on one reads as if it
///   were always empty) and told once in the log. Values of `create` and `write` are never left
///   out.
/// - **A login that is over** is renewed once, and the call repeated.
/// - **Secrets.** The key is taken out of every text that leaves this class.
///
/// Any thread may call. `on` must not block (the IO thread); blocking work runs on `blocking`, an
/// executor with threads of its own, which must end before `on` does.
class client final : public system {
 public:
  client(io::executor on, io::executor blocking, client_options options, logger log,
         std::shared_ptr<clock const> time = std::make_shared<real_clock>());
  /// Like `stop`.
  ~client() override;
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  void submit(call c, duration timeout, completion done) override;
  void search_read(std::string model, query q, duration timeout, completion done) override;
  void read(std::string model, std::vector<record_id> ids, std::vector<std::string> fields,
            duration timeout, completion done) override;
  void upsert(std::string model, std::string key, std::string values, duration timeout,
              id_completion done) override;
  void attach(attachment a, duration timeout, id_completion done) override;
  void note(std::string model, record_id id, std::string text, bool html, duration timeout,
            id_completion done) override;
  void fields(std::string model, duration timeout, completion done) override;
  void version(duration timeout, unique_function<void(result<server_version>)> done) override;

  void rotate_key(std::string key, unique_function<void(result<void>)> done) override;

  client_status status() const override;
  std::string const& name() const noexcept;
  void stop() override;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::erp
