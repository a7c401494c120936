-- What Lua's own library needs so that a call of ours can wait anywhere: `native` holds functions of the program.
local native = ...

local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local status, running, isyieldable, close = coroutine.status, coroutine.running, coroutine.isyieldable, coroutine.close
local error, select, type, tostring, concat = error, select, type, tostring, table.concat

-- A yield of the user's passes USER first; a wait of ours passes nothing, and goes through to the driver.
local USER = {}
local mine = setmetatable({}, { __mode = "k" })
local waiting = setmetatable({}, { __mode = "k" })

local function settle(co, ok, ...)
  local first = ...
  if first == USER then
    return true, select(2, ...)
  end
  if ok and first == nil and status(co) == "suspended" then
    waiting[co] = true
    yield()
    waiting[co] = nil
    return settle(co, resume(co))
  end
  return ok, ...
end

local function unblock(...)
  native.unblock()
  return ...
end

local function resumed(co, ...)
  if waiting[co] then
    return false, "cannot resume non-suspended coroutine"
  end
  if isyieldable() then
    return settle(co, resume(co, ...))
  end
  native.block()
  return unblock(settle(co, resume(co, ...)))
end

local function expect(kind, value, name)
  if type(value) ~= kind then
    local wanted = kind == "thread" and "coroutine" or kind
    error(("bad argument #1 to '%s' (%s expected, got %s)"):format(name, wanted, type(value)), 3)
  end
end

local function created(f)
  local co = create(f)
  mine[co] = true
  return co
end

function coroutine.create(f)
  expect("function", f, "create")
  return created(f)
end

function coroutine.resume(co, ...)
  expect("thread", co, "resume")
  return resumed(co, ...)
end

local function unwrap(co, ok, ...)
  if ok then
    return ...
  end
  local reason = ...
  if status(co) == "dead" then
    local closed, closing = close(co)
    if not closed then
      reason = closing
    end
  end
  error(reason, 2)
end

function coroutine.wrap(f)
  expect("function", f, "wrap")
  local co = created(f)
  return function(...)
    return unwrap(co, resumed(co, ...))
  end
end

function coroutine.yield(...)
  if not mine[running()] then
    error("attempt to yield from outside a coroutine", 2)
  end
  return yield(USER, ...)
end

function coroutine.isyieldable(co)
  co = co or running()
  return mine[co] ~= nil and isyieldable(co)
end

function coroutine.running()
  local co = running()
  return co, mine[co] == nil
end

function coroutine.status(co)
  expect("thread", co, "status")
  return waiting[co] and "normal" or status(co)
end

function coroutine.close(co)
  expect("thread", co, "close")
  if waiting[co] then
    error("cannot close a normal coroutine", 2)
  end
  return close(co)
end

function print(...)
  local texts = { ... }
  local count = select("#", ...)
  for i = 1, count do
    texts[i] = tostring(texts[i])
  end
  native.print(concat(texts, "\t", 1, count))
end

-- Text only, and a function that gives the pieces may wait.
local rawload = load
function load(chunk, name, mode, ...)
  if type(chunk) ~= "function" then
    return rawload(chunk, name, "t", ...)
  end
  local pieces = {}
  while true do
    local piece = chunk()
    if piece == nil or piece == "" then
      break
    end
    pieces[#pieces + 1] = piece
  end
  return rawload(concat(pieces), name or "=(load)", "t", ...)
end

-- A result with fields nobody can know yet may not be looked into behind its metatable either.
local rawnext, rawread, getmetatable = next, rawget, getmetatable

native.next, native.rawget = rawnext, rawread

function next(t, key)
  expect("table", t, "next")
  if getmetatable(t) then
    native.known(t)
  end
  return rawnext(t, key)
end

function rawget(t, key)
  expect("table", t, "rawget")
  if getmetatable(t) then
    native.known(t)
  end
  return rawread(t, key)
end

-- An error of ours is a table, and yet may be used as the text most scripts expect.
local failure = native.failure
failure.__index = {}
for name, method in pairs(string) do
  failure.__index[name] = function(self, ...)
    return method(tostring(self), ...)
  end
end
setmetatable(failure.__index, { __index = native.error_field })
function failure.__concat(a, b)
  return tostring(a) .. tostring(b)
end

native.debug = debug
debug = { traceback = debug.traceback, getinfo = debug.getinfo }

-- Modules cannot be changed, and a name they do not have is an error. One that shares its name with a function of Lua's (assert)
-- can be called as that.
local function sealed(name, members, called)
  for key, member in rawnext, members do
    if type(member) == "table" then
      members[key] = sealed(name .. "." .. key, member)
    end
  end
  setmetatable(members, {
    __index = function(_, key)
      return native.missing(members, key, name)
    end,
  })
  return setmetatable({}, {
    __name = "module",
    __metatable = "module",
    __index = members,
    __newindex = function(_, key)
      error(("%s.%s cannot be set: modules are read-only"):format(name, tostring(key)), 2)
    end,
    __pairs = function()
      return pairs(members)
    end,
    __call = called and function(_, ...)
      return called(...)
    end,
  })
end

for _, extend in ipairs(native.parts) do
  extend(native.modules, native)
end

for name, members in rawnext, native.modules do
  _G[name] = type(members) == "table" and sealed(name, members, _G[name]) or members
end

setmetatable(_G, {
  __index = function(globals, key)
    return native.missing(globals, key)
  end,
})
