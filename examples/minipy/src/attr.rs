//! Attributes: where they are looked for, and the caches that make most look-ups short.
//!
//! An instance's attributes are fields, numbered by its class's layout: names that an instance of the class
//! ever had. So an instruction remembers the class's version and the number, and reading
//! an attribute is: the instance's class, its version, the field: four loads and no count. The layout
//! only grows; a class that changes otherwise gets a new version, and so do its subclasses.

use std::sync::atomic::Ordering::*;

use brc::{Gc, GcSlot};

use crate::code::AttrSite;
use crate::dict;
use crate::layout::Layout;
use crate::object::*;
use crate::sym::{Sym, intern, s};
use crate::vm::{Args, PyErr, R, Vm, is_lasting, new_version};

impl Module {
    /// The number of a global, which is made if there is none.
    pub fn index_of(&self, vm: &Vm<'_>, name: Sym) -> u32 {
        let first = || self.values.push(vm.m, vm.s.unset.clone());
        self.names.add(vm.m, name, usize::MAX, first).expect("there may be any number")
    }

    /// A global.
    pub fn get(&self, vm: &Vm<'_>, name: Sym) -> Option<Value> {
        let at = self.names.get(vm.m, name)?;
        let value = self.values.get(vm.m, at as usize).map(Value::from_local)?;
        (!value.is_unset()).then_some(value)
    }

    pub fn set(&self, vm: &Vm<'_>, name: Sym, value: &Value) {
        let at = self.index_of(vm, name);
        let _ = self.values.set(vm.m, at as usize, vm.boxed(value));
    }

    /// All globals that have values.
    pub fn all(&self, vm: &Vm<'_>) -> Vec<(Sym, Value)> {
        let names = self.names.names();
        let with_values = names.into_iter().enumerate().filter_map(|(at, name)| {
            let value = self.values.get(vm.m, at).map(Value::from_local)?;
            (!value.is_unset()).then_some((name, value))
        });
        with_values.collect()
    }
}

impl Class {
    /// The number of a field, if the name has one.
    pub fn field(&self, m: &brc::Mutator, name: Sym) -> Option<u32> {
        self.layout.get(m, name)
    }

    /// As [`field`](Self::field); the name gets one if there are not too many.
    pub fn add_field(&self, m: &brc::Mutator, name: Sym) -> Option<u32> {
        self.layout.add(m, name, MAX_FIELDS, || ())
    }
}

/// What an instruction remembers: a class version and a field.
fn cache_word(version: u32, field: u32) -> u64 {
    u64::from(version) << 32 | u64::from(field)
}

/// What an instruction remembers of a class no instance of which has the attribute.
pub fn no_field(version: u32) -> u64 {
    cache_word(version, u32::MAX)
}

impl Vm<'_> {
    // Globals.

    pub fn load_builtin(&mut self, site: &crate::code::GlobalSite) -> R {
        let statics = self.s;
        let builtins = statics.builtins.get().expect("there are builtins");
        let Obj::Module(module) = builtins.get(self.m) else { unreachable!("only modules") };
        let at = match site.builtin.get() {
            Some(at) => Some(*at),
            None => {
                let at = module.names.get(self.m, site.name);
                if let Some(at) = at {
                    let _ = site.builtin.set(at);
                }
                at
            }
        };
        let value = at.and_then(|at| module.values.get(self.m, at as usize));
        match value.map_or(Value::Unset, Value::from_local) {
            Value::Unset => Err(self.name_error(site.name)),
            value => Ok(value),
        }
    }

    pub fn store_global(&mut self, module: &Ref, index: u32, value: &Value) {
        let Obj::Module(module) = module.get(self.m) else { unreachable!("only modules") };
        self.store_item(&module.values, index as usize, value);
    }

    pub fn delete_global(&mut self, module: &Ref, site: &crate::code::GlobalSite) -> R<()> {
        let Obj::Module(module) = module.get(self.m) else { unreachable!("only modules") };
        let old = module.values.replace(self.m, site.index as usize, self.s.unset.clone());
        match old {
            Ok(old) if !matches!(old.get(self.m), Obj::Unset) => Ok(()),
            _ => Err(self.name_error(site.name)),
        }
    }

    pub fn load_name(&mut self, locals: Option<&Ref>, module: &Ref, name: Sym) -> R {
        if let Some(locals) = locals {
            let key = self.sym_value(name);
            if let Some(value) = dict::get(self, locals, &key)? {
                return Ok(value);
            }
        }
        let modules = [module.clone(), self.s.builtins.get().expect("there are builtins").clone()];
        for module in &modules {
            if let Obj::Module(module) = module.get(self.m)
                && let Some(value) = module.get(self, name)
            {
                return Ok(value);
            }
        }
        Err(self.name_error(name))
    }

    /// A dict of the variables of a frame, or of its module.
    pub fn variables(
        &mut self,
        code: &crate::code::Code,
        regs: &[Value],
        locals: Option<&Ref>,
        globals: bool,
    ) -> R {
        if let Some(locals) = locals.filter(|_| !globals) {
            return Ok(Value::Obj(locals.clone()));
        }
        let is_function = code.name != s().module_name;
        let all = if is_function && !globals {
            let values = regs.iter().map(|value| match value.as_obj(self.m) {
                Some(Obj::Cell(_)) => self.cell_value(value),
                _ => value.clone(),
            });
            let all = code.vars.iter().copied().zip(values);
            all.filter(|(name, value)| !value.is_unset() && !name.as_str().starts_with('.'))
                .collect()
        } else {
            match code.module.get(self.m) {
                Obj::Module(module) => module.all(self),
                _ => Vec::new(),
            }
        };
        self.dict_of(&all).map(Value::Obj)
    }

    #[cold]
    pub fn name_error(&mut self, name: Sym) -> PyErr {
        let e = self.err("NameError", format!("name '{name}' is not defined"));
        let value = self.sym_value(name);
        let _ = self.setattr(&Value::Obj(e.0.clone()), s().name_attr, &value);
        e
    }

    // Fields.

    /// The attribute, if it is in a field where the instruction last found it.
    #[inline]
    pub fn cached_field(&self, object: &Value, site: &AttrSite) -> Option<Value> {
        let Value::Obj(gc) = object else { return None };
        let Obj::Instance(i) = gc.get(self.m) else { return None };
        let Obj::Class(class) = i.class.get(self.m) else { return None };
        // Relaxed: a word by itself.
        let cached = site.cache.load(Relaxed);
        if (cached >> 32) as u32 != class.version.load(Relaxed) || cached == 0 {
            return None;
        }
        let slot = i.slots.get(cached as u32 as usize)?;
        match Value::from_local(slot.load(self.m)?) {
            Value::Unset => None,
            value => Some(value),
        }
    }

    /// Stores the attribute, if the instruction last found it in a field.
    #[inline]
    pub fn store_cached_field(&self, object: &Value, site: &AttrSite, value: &Value) -> bool {
        let Value::Obj(gc) = object else { return false };
        let Obj::Instance(i) = gc.get(self.m) else { return false };
        let Obj::Class(class) = i.class.get(self.m) else { return false };
        let cached = site.cache.load(Relaxed);
        if (cached >> 32) as u32 != class.version.load(Relaxed) || cached == 0 {
            return false;
        }
        let Some(slot) = i.slots.get(cached as u32 as usize) else { return false };
        if !i.slots[SLOT_DICT].is_empty() {
            // The attribute may be in the dict.
            return false;
        }
        self.store_field(slot, value);
        true
    }

    /// Stores a value in a field.
    #[inline]
    pub fn store_field(&self, slot: &GcSlot<Obj>, value: &Value) {
        if matches!(value, Value::Int(_) | Value::Float(_))
            && let Some(old) = slot.load(self.m)
            && value.store_in_box(old)
        {
            return;
        }
        slot.store(self.m, self.boxed(value));
    }

    /// Stores a value at a place of a list; false if there is none.
    #[inline]
    pub fn store_item(&self, list: &brc::GcVec<Obj>, at: usize, value: &Value) -> bool {
        if matches!(value, Value::Int(_) | Value::Float(_))
            && let Some(old) = list.get(self.m, at)
            && value.store_in_box(old)
        {
            return true;
        }
        list.set(self.m, at, self.boxed(value)).is_ok()
    }

    /// The slot of a field of an instance, as far as it has one.
    fn field_slot<'a>(&self, i: &'a Instance, field: u32) -> Option<&'a GcSlot<Obj>> {
        i.slots.get(SLOT_FIELDS + field as usize)
    }

    /// An instance's own attribute.
    pub fn own_attr(&mut self, object: &Value, name: Sym) -> R<Option<Value>> {
        let Value::Obj(gc) = object else { return Ok(None) };
        match gc.get(self.m) {
            Obj::Instance(i) => {
                let Obj::Class(class) = i.class.get(self.m) else { return Ok(None) };
                if let Some(field) = class.field(self.m, name)
                    && let Some(slot) = self.field_slot(i, field)
                    && let Some(value) = slot.load(self.m)
                {
                    return Ok(Some(Value::from_local(value)));
                }
                let Some(extra) = i.slots[SLOT_DICT].load(self.m) else { return Ok(None) };
                let extra = extra.to_gc();
                let key = self.sym_value(name);
                dict::get(self, &extra, &key)
            }
            Obj::Function(f) => {
                let Some(extra) = f.dict.load(self.m) else { return Ok(None) };
                let extra = extra.to_gc();
                let key = self.sym_value(name);
                dict::get(self, &extra, &key)
            }
            _ => Ok(None),
        }
    }

    fn set_own_attr(&mut self, object: &Value, name: Sym, value: &Value) -> R<()> {
        let Value::Obj(gc) = object else { return Ok(()) };
        let extra = match gc.get(self.m) {
            Obj::Instance(i) => {
                let Obj::Class(class) = i.class.get(self.m) else { return Ok(()) };
                if let Some(field) = class.add_field(self.m, name)
                    && let Some(slot) = self.field_slot(i, field)
                    && (i.slots[SLOT_DICT].is_empty()
                        || !slot.is_empty()
                        || class.slot_names.contains(&name))
                {
                    self.store_field(slot, value);
                    return Ok(());
                }
                &i.slots[SLOT_DICT]
            }
            Obj::Function(f) => &f.dict,
            _ => return Ok(()),
        };
        // Attributes that the instance has no field for are in a dict; whoever makes it first.
        if extra.is_empty() {
            let new = self.new_dict();
            let _ = extra.compare_exchange(self.m, None, new);
        }
        let Some(extra) = extra.load(self.m).map(|d| d.to_gc()) else { return Ok(()) };
        let key = self.sym_value(name);
        dict::set(self, &extra, &key, value)?;
        Ok(())
    }

    fn del_own_attr(&mut self, object: &Value, name: Sym) -> R<bool> {
        let Value::Obj(gc) = object else { return Ok(false) };
        let extra = match gc.get(self.m) {
            Obj::Instance(i) => {
                let Obj::Class(class) = i.class.get(self.m) else { return Ok(false) };
                if let Some(field) = class.field(self.m, name)
                    && let Some(slot) = self.field_slot(i, field)
                    && slot.take(self.m).is_some()
                {
                    return Ok(true);
                }
                i.slots[SLOT_DICT].load(self.m).map(|d| d.to_gc())
            }
            Obj::Function(f) => f.dict.load(self.m).map(|d| d.to_gc()),
            _ => None,
        };
        let Some(extra) = extra else { return Ok(false) };
        let key = self.sym_value(name);
        Ok(dict::remove(self, &extra, &key)?.is_some())
    }

    /// All attributes of an instance, in the order of its class's fields.
    pub fn own_attrs(&mut self, object: &Value) -> Vec<(Sym, Value)> {
        let Value::Obj(gc) = object else { return Vec::new() };
        let (mut all, extra) = match gc.get(self.m) {
            Obj::Instance(i) => {
                let Obj::Class(class) = i.class.get(self.m) else { return Vec::new() };
                let hidden = class.kind == Kind::Exception;
                let names = class.layout.names();
                let mut all = Vec::new();
                for (at, name) in names.into_iter().enumerate() {
                    let slot = self.field_slot(i, at as u32);
                    let Some(value) = slot.and_then(|slot| slot.load(self.m)) else { continue };
                    let is_seen = !hidden || !is_hidden(name);
                    if is_seen && !class.slot_names.contains(&name) {
                        all.push((name, Value::from_local(value)));
                    }
                }
                (all, i.slots[SLOT_DICT].load(self.m).map(|d| d.to_gc()))
            }
            Obj::Function(f) => (Vec::new(), f.dict.load(self.m).map(|d| d.to_gc())),
            _ => return Vec::new(),
        };
        if let Some(extra) = extra {
            for (key, value) in dict::of(&extra, self.m).entries(self.m) {
                if let Obj::Str(text) = key.get(self.m)
                    && !is_hidden(intern(&text.text))
                {
                    all.push((intern(&text.text), Value::from_ref(value, self.m)));
                }
            }
        }
        all
    }

    /// An instance's `__dict__`: from now on its attributes are in it, not in fields.
    fn live_dict(&mut self, object: &Value) -> R {
        let all = self.own_attrs(object);
        let new = self.dict_of(&all)?;
        let Some(Obj::Instance(i)) = object.as_obj(self.m) else { return Ok(Value::Obj(new)) };
        let Obj::Class(class) = i.class.get(self.m) else { return Ok(Value::Obj(new)) };
        let extra = &i.slots[SLOT_DICT];
        let had = extra.load(self.m).map(|d| d.to_gc());
        let in_fields = |name: Sym| {
            let slot = class.field(self.m, name).and_then(|field| self.field_slot(i, field));
            slot.is_some_and(|slot| !slot.is_empty())
        };
        if let Some(had) = &had
            && !all.iter().any(|(name, _)| in_fields(*name))
        {
            return Ok(Value::Obj(had.clone()));
        }
        let current = extra.load(self.m);
        if extra.compare_exchange(self.m, current, new.clone()).is_err() {
            // Another thread has made it.
            return Ok(extra.load(self.m).map_or(Value::Obj(new), Value::from_local));
        }
        let mut late = Vec::new();
        for (name, value) in &all {
            let slot = class.field(self.m, *name).and_then(|field| self.field_slot(i, field));
            if let Some(now) = slot.and_then(|slot| slot.take(self.m)) {
                // Another thread may have stored something meanwhile.
                let now = Value::from_ref(now, self.m);
                if !now.is(value) {
                    late.push((*name, now));
                }
            }
        }
        for (name, value) in late {
            let key = self.sym_value(name);
            dict::set(self, &new, &key, &value)?;
        }
        Ok(Value::Obj(new))
    }

    /// The builtin object in an instance of a class that extends a builtin one.
    pub fn base_of(&self, object: &Value) -> Option<Value> {
        match object.as_obj(self.m) {
            Some(Obj::Instance(i)) => {
                let base = Value::from_local(i.slots.get(SLOT_BASE)?.load(self.m)?);
                (!base.is_unset()).then_some(base)
            }
            _ => None,
        }
    }

    /// A value itself, or the builtin object in it.
    #[inline]
    pub fn unwrap(&self, object: &Value) -> Value {
        self.base_of(object).unwrap_or_else(|| object.clone())
    }

    /// A new instance, with a builtin object in it if its class extends a builtin one.
    pub fn new_instance(&self, class: &Ref, base: Option<&Value>) -> Ref {
        let (fields, has_del) = match class.get(self.m) {
            // Relaxed: who is late makes an instance with fewer fields.
            Obj::Class(c) => (c.layout.len(), c.has_del.load(Relaxed)),
            _ => (0, false),
        };
        let slots: Box<[GcSlot<Obj>]> =
            (0..SLOT_FIELDS + fields).map(|_| GcSlot::empty()).collect();
        if let Some(base) = base {
            slots[SLOT_BASE].store(self.m, self.boxed(base));
        } else if has_del {
            // Says that there is something to finalize.
            slots[SLOT_BASE].store(self.m, self.s.unset.clone());
        }
        self.alloc(Obj::Instance(Instance { class: class.clone(), slots }))
    }

    // Looking up.

    /// Whether the class looks attributes up in the ordinary way.
    #[inline]
    pub fn plain_lookup(&mut self, class: &Ref) -> bool {
        self.is_builtin_in(class, s().getattribute)
    }

    /// Whether a class has a special method, if at all, from a builtin class.
    fn is_builtin_in(&mut self, class: &Ref, name: Sym) -> bool {
        match self.lookup(class, name) {
            None => true,
            Some(f) => matches!(f.as_obj(self.m), Some(Obj::Builtin(_))),
        }
    }

    /// Whether an instance has an attribute of its own that hides a method.
    pub fn has_own(&mut self, object: &Value, site: &AttrSite) -> bool {
        let Value::Obj(gc) = object else { return false };
        let Obj::Instance(i) = gc.get(self.m) else { return false };
        let Obj::Class(class) = i.class.get(self.m) else { return false };
        // Remembered: no instance of this class has a field of this name, nor a dict.
        let none = no_field(class.version.load(Relaxed));
        if site.cache.load(Relaxed) == none && i.slots[SLOT_DICT].is_empty() {
            return false;
        }
        match class.field(self.m, site.name) {
            Some(field) => match self.field_slot(i, field) {
                Some(slot) => !slot.is_empty(),
                None => i.slots[SLOT_DICT].load(self.m).is_some(),
            },
            None if i.slots[SLOT_DICT].is_empty() => {
                // A field of this name may be added to the class later; but then, by an
                // assignment to an attribute, which gives the class a new version.
                site.cache.store(none, Relaxed);
                false
            }
            None => {
                let object = object.clone();
                matches!(self.own_attr(&object, site.name), Ok(Some(_)))
            }
        }
    }

    /// An attribute, for an instruction that remembers where it found it.
    pub fn get_attr_at(&mut self, object: &Value, site: &AttrSite) -> R {
        if let Some(value) = self.class_data_at(object, site) {
            return Ok(value);
        }
        let value = self.getattr(object, site.name)?;
        self.remember(object, site);
        Ok(value)
    }

    /// An attribute that is plain data of the class, if no instance has one of this name.
    fn class_data_at(&self, object: &Value, site: &AttrSite) -> Option<Value> {
        let Value::Obj(gc) = object else { return None };
        let Obj::Instance(i) = gc.get(self.m) else { return None };
        let Obj::Class(class) = i.class.get(self.m) else { return None };
        // Relaxed: words by themselves.
        if site.cache.load(Relaxed) != no_field(class.version.load(Relaxed))
            || !i.slots[SLOT_DICT].is_empty()
        {
            return None;
        }
        let above = class.mro.iter().filter_map(|base| match base.get(self.m) {
            Obj::Class(base) => Some(&**base),
            _ => None,
        });
        let found =
            std::iter::once(&**class).chain(above).find_map(|c| c.dict.get(self.m, &site.name))?;
        let is_data = matches!(
            found.get(),
            Obj::None
                | Obj::Bool(_)
                | Obj::Int(_)
                | Obj::Float(_)
                | Obj::IntBox(_)
                | Obj::FloatBox(_)
                | Obj::Str(_)
                | Obj::Tuple(_)
                | Obj::List(_)
                | Obj::Dict(_)
        );
        is_data.then(|| Value::from_local(found))
    }

    /// Remembers the field of an attribute, if it always is that.
    fn remember(&mut self, object: &Value, site: &AttrSite) {
        let Value::Obj(gc) = object else { return };
        let Obj::Instance(i) = gc.get(self.m) else { return };
        let class = i.class.clone();
        if !self.plain_lookup(&class) || !self.is_builtin_in(&class, s().setattr) {
            return;
        }
        let Obj::Class(c) = class.get(self.m) else { return };
        let version = c.version.load(Relaxed);
        let Some(field) = c.field(self.m, site.name) else {
            // That may change; if the class has the name, it then gets a new version.
            site.cache.store(no_field(version), Relaxed);
            return;
        };
        // A property or another descriptor comes before the field.
        let in_class = self.lookup(&class, site.name);
        if let Some(found) = in_class
            && self.is_data_descriptor(&found)
        {
            return;
        }
        site.cache.store(cache_word(version, SLOT_FIELDS as u32 + field), Relaxed);
    }

    fn is_data_descriptor(&mut self, value: &Value) -> bool {
        match value.as_obj(self.m) {
            Some(Obj::Property(_)) => true,
            Some(Obj::Instance(_)) => {
                let class = self.type_of(value);
                self.lookup(&class, s().set).is_some() || self.lookup(&class, s().delete).is_some()
            }
            _ => false,
        }
    }

    /// An attribute.
    pub fn getattr(&mut self, object: &Value, name: Sym) -> R {
        match self.getattr_opt(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    #[cold]
    pub fn no_attribute(&mut self, object: &Value, name: Sym) -> PyErr {
        let message = match object.as_obj(self.m) {
            Some(Obj::Class(c)) => {
                format!("type object '{}' has no attribute '{name}'", c.name.read().0)
            }
            Some(Obj::Module(m)) => format!("module '{}' has no attribute '{name}'", m.name),
            _ => format!("'{}' object has no attribute '{name}'", self.type_name(object)),
        };
        let e = self.attribute_error(message);
        let (this, value) = (Value::Obj(e.0.clone()), self.sym_value(name));
        let _ = self.set_own_attr(&this, s().name_attr, &value);
        let _ = self.set_own_attr(&this, s().obj, object);
        e
    }

    /// An attribute, if there is one.
    pub fn getattr_opt(&mut self, object: &Value, name: Sym) -> R<Option<Value>> {
        match object.as_obj(self.m) {
            Some(Obj::Instance(_)) => {
                let class = self.type_of(object);
                if let Some(f) = self.lookup(&class, s().getattribute)
                    && !matches!(f.as_obj(self.m), Some(Obj::Builtin(_)))
                {
                    let key = self.sym_value(name);
                    return match self.call_bound(&f, object.clone(), Args::new(&[key])) {
                        Ok(value) => Ok(Some(value)),
                        Err(e) if self.is_err(&e, "AttributeError") => {
                            match self.fallback_getattr(object, &class, name)? {
                                Some(value) => Ok(Some(value)),
                                None => Err(e),
                            }
                        }
                        Err(e) => Err(e),
                    };
                }
                match self.generic_getattr(object, &class, name) {
                    Ok(Some(value)) => Ok(Some(value)),
                    Ok(None) => self.fallback_getattr(object, &class, name),
                    Err(e) if self.is_err(&e, "AttributeError") => {
                        match self.fallback_getattr(object, &class, name)? {
                            Some(value) => Ok(Some(value)),
                            None => Err(e),
                        }
                    }
                    Err(e) => Err(e),
                }
            }
            Some(Obj::Class(_)) => {
                let class = object.as_ref().expect("an object").clone();
                self.class_getattr(&class, name)
            }
            Some(Obj::Module(module)) => {
                if let Some(value) = module.get(self, name) {
                    return Ok(Some(value));
                }
                match name.as_str() {
                    "__name__" => Ok(Some(self.sym_value(module.name))),
                    "__dict__" => {
                        let all = module.all(self);
                        Ok(Some(Value::Obj(self.dict_of(&all)?)))
                    }
                    "__class__" => Ok(Some(Value::Obj(self.s.types.module.clone()))),
                    _ => match module.get(self, s().getattr) {
                        Some(f) => {
                            let key = self.sym_value(name);
                            self.call(&f, &[key]).map(Some)
                        }
                        None => Ok(None),
                    },
                }
            }
            Some(Obj::Super(_)) => self.super_getattr(object, name),
            _ => {
                if let Some(value) = self.builtin_attr(object, name)? {
                    return Ok(Some(value));
                }
                let class = self.type_of(object);
                self.generic_getattr(object, &class, name)
            }
        }
    }

    fn fallback_getattr(&mut self, object: &Value, class: &Ref, name: Sym) -> R<Option<Value>> {
        match self.lookup(class, s().getattr) {
            Some(f) => {
                let key = self.sym_value(name);
                self.call_bound(&f, object.clone(), Args::new(&[key])).map(Some)
            }
            None => Ok(None),
        }
    }

    /// What `object.__getattribute__` does, but that there may be nothing.
    pub fn generic_getattr(&mut self, object: &Value, class: &Ref, name: Sym) -> R<Option<Value>> {
        let found = self.lookup(class, name);
        if let Some(found) = &found
            && self.is_data_descriptor(found)
        {
            return self.bind_descriptor(found, Some(object), class).map(Some);
        }
        if let Some(value) = self.own_attr(object, name)? {
            return Ok(Some(value));
        }
        if let Some(found) = found {
            return self.bind_descriptor(&found, Some(object), class).map(Some);
        }
        match name.as_str() {
            "__class__" => Ok(Some(Value::Obj(class.clone()))),
            "__dict__" => {
                let closed = matches!(class.get(self.m), Obj::Class(c) if c.closed || !c.is_user && c.kind != Kind::Exception);
                if closed {
                    return Ok(None);
                }
                self.live_dict(object).map(Some)
            }
            "__cause__" | "__context__" | "__traceback__" if self.is_exception_class(class) => {
                Ok(Some(Value::None))
            }
            "__suppress_context__" if self.is_exception_class(class) => {
                Ok(Some(Value::Bool(false)))
            }
            "__doc__" => Ok(Some(Value::None)),
            "__module__" => Ok(Some(self.new_str("builtins"))),
            _ => Ok(None),
        }
    }

    fn is_exception_class(&self, class: &Ref) -> bool {
        matches!(class.get(self.m), Obj::Class(c) if c.kind == Kind::Exception)
    }

    /// What is found in a class, as an attribute of an instance, or of the class itself.
    pub fn bind_descriptor(&mut self, found: &Value, this: Option<&Value>, class: &Ref) -> R {
        let Value::Obj(gc) = found else { return Ok(found.clone()) };
        match gc.get(self.m) {
            Obj::Function(_) => Ok(match this {
                Some(this) => self.bound(this, found),
                None => found.clone(),
            }),
            Obj::Builtin(b) if b.def.class.is_some() => Ok(match this {
                Some(this) => self.bound(this, found),
                None => found.clone(),
            }),
            Obj::Property(p) => match this {
                Some(this) => {
                    let get = p.get.clone();
                    if get.is_none() {
                        let (class_name, name) =
                            (self.class_name(class), self.property_name(found, class));
                        return Err(self.attribute_error(format!(
                            "property '{name}' of '{class_name}' object has no getter"
                        )));
                    }
                    self.call(&get, std::slice::from_ref(this))
                }
                None => Ok(found.clone()),
            },
            Obj::StaticMethod(f) => Ok(f.clone()),
            Obj::ClassMethod(f) => {
                let f = f.clone();
                let class = Value::Obj(class.clone());
                if matches!(
                    f.as_obj(self.m),
                    Some(Obj::Function(_) | Obj::Builtin(_) | Obj::BoundMethod(_))
                ) {
                    Ok(self.bound(&class, &f))
                } else {
                    let of = self.s.types.type_.clone();
                    self.bind_descriptor(&f, Some(&class), &of)
                }
            }
            Obj::Instance(i) => {
                let of = i.class.clone();
                match self.lookup(&of, s().get) {
                    Some(get) => {
                        let this = this.cloned().unwrap_or(Value::None);
                        let args = [this, Value::Obj(class.clone())];
                        self.call_bound(&get, found.clone(), Args::new(&args))
                    }
                    None => Ok(found.clone()),
                }
            }
            _ => Ok(found.clone()),
        }
    }

    fn property_name(&self, property: &Value, class: &Ref) -> String {
        let (Obj::Class(c), Some(p)) = (class.get(self.m), property.as_ref()) else {
            return String::new();
        };
        let mut classes = vec![c];
        classes.extend(c.mro.iter().filter_map(|b| match b.get(self.m) {
            Obj::Class(b) => Some(b),
            _ => None,
        }));
        let all = classes.iter().flat_map(|c| c.dict.iter(self.m));
        let mut same = all.filter(|(_, value)| brc::Local::as_ptr(*value) == Gc::as_ptr(p));
        same.next().map_or(String::new(), |(name, _)| name.to_string())
    }

    pub fn bound(&self, this: &Value, f: &Value) -> Value {
        Value::Obj(self.alloc(Obj::BoundMethod(Box::new((this.clone(), f.clone())))))
    }

    /// An attribute of a class.
    pub fn class_getattr(&mut self, class: &Ref, name: Sym) -> R<Option<Value>> {
        let Obj::Class(c) = class.get(self.m) else { return Ok(None) };
        match name.as_str() {
            "__name__" => return Ok(Some(self.sym_value(c.name.read().0))),
            "__qualname__" => {
                let q = c.name.read().1.clone();
                return Ok(Some(self.new_str(q)));
            }
            "__class__" => return Ok(Some(Value::Obj(self.s.types.type_.clone()))),
            "__bases__" => {
                let bases = c.bases.iter().cloned().map(Value::Obj).collect();
                return Ok(Some(self.new_tuple(bases)));
            }
            "__base__" => {
                return Ok(Some(c.bases.first().cloned().map_or(Value::None, Value::Obj)));
            }
            "__mro__" => {
                let mut mro = vec![Value::Obj(class.clone())];
                mro.extend(c.mro.iter().cloned().map(Value::Obj));
                return Ok(Some(self.new_tuple(mro)));
            }
            "__dict__" => {
                let mut all = Vec::new();
                for name in c.order.lock().clone() {
                    if let Some(value) = c.dict.get(self.m, &name) {
                        all.push((name, Value::from_local(value)));
                    }
                }
                return Ok(Some(Value::Obj(self.dict_of(&all)?)));
            }
            "__doc__" => {
                let own = c.dict.get(self.m, &name).map(Value::from_local);
                return Ok(Some(own.unwrap_or(Value::None)));
            }
            "__annotations__" => {
                if let Some(own) = c.dict.get(self.m, &name) {
                    return Ok(Some(Value::from_local(own)));
                }
                return Ok(Some(Value::Obj(self.new_dict())));
            }
            "__module__" if !c.is_user => {}
            _ => {}
        }
        if let Some(found) = self.lookup(class, name) {
            return self.bind_descriptor(&found, None, class).map(Some);
        }
        let meta = self.s.types.type_.clone();
        match self.lookup(&meta, name) {
            Some(found) => {
                self.bind_descriptor(&found, Some(&Value::Obj(class.clone())), &meta).map(Some)
            }
            None => Ok(None),
        }
    }

    fn super_getattr(&mut self, object: &Value, name: Sym) -> R<Option<Value>> {
        let Some(Obj::Super(sup)) = object.as_obj(self.m) else { return Ok(None) };
        let (class, this, of) = (sup.class.clone(), sup.this.clone(), sup.of.clone());
        if let Some(found) = self.lookup_after(&of, &class, name) {
            let is_class = this.as_ref().is_some_and(|t| Gc::ptr_eq(t, &of));
            let this = if is_class { None } else { Some(&this) };
            return self.bind_descriptor(&found, this, &of).map(Some);
        }
        match name.as_str() {
            "__class__" => Ok(Some(Value::Obj(self.s.types.super_.clone()))),
            "__init__" | "__init_subclass__" | "__setattr__" | "__getattribute__"
            | "__delattr__" => {
                let object = self.s.types.object.clone();
                match self.lookup(&object, name) {
                    Some(found) => self.bind_descriptor(&found, Some(&this), &of).map(Some),
                    None => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// `super()`.
    pub fn make_super(&mut self, class: &Value, this: &Value) -> R {
        let Some(class) = class.as_ref() else {
            return Err(self.err("RuntimeError", "super(): empty __class__ cell"));
        };
        let of = self.type_of(this);
        let of = if self.is_subclass(&of, class) {
            of
        } else if let Value::Obj(gc) = this
            && matches!(gc.get(self.m), Obj::Class(_))
            && self.is_subclass(gc, class)
        {
            gc.clone()
        } else {
            return Err(
                self.type_error("super(type, obj): obj must be an instance or subtype of type")
            );
        };
        let made = Super { class: class.clone(), this: this.clone(), of };
        Ok(Value::Obj(self.alloc(Obj::Super(Box::new(made)))))
    }

    // Storing.

    pub fn set_attr_at(&mut self, object: &Value, site: &AttrSite, value: &Value) -> R<()> {
        self.setattr(object, site.name, value)?;
        self.remember(object, site);
        Ok(())
    }

    pub fn setattr(&mut self, object: &Value, name: Sym, value: &Value) -> R<()> {
        if let Some(Obj::Instance(_)) = object.as_obj(self.m) {
            let class = self.type_of(object);
            if let Some(f) = self.lookup(&class, s().setattr)
                && !matches!(f.as_obj(self.m), Some(Obj::Builtin(b)) if b.def.name == "__setattr__")
            {
                let key = self.sym_value(name);
                let args = [key, value.clone()];
                return self.call_bound(&f, object.clone(), Args::new(&args)).map(|_| ());
            }
        }
        self.generic_setattr(object, name, value)
    }

    /// What `object.__setattr__` does.
    pub fn generic_setattr(&mut self, object: &Value, name: Sym, value: &Value) -> R<()> {
        match object.as_obj(self.m) {
            Some(Obj::Instance(_)) => {
                let class = self.type_of(object);
                if let Some(found) = self.lookup(&class, name) {
                    match found.as_obj(self.m) {
                        Some(Obj::Property(p)) => {
                            let set = p.set.clone();
                            if set.is_none() {
                                let class_name = self.class_name(&class);
                                return Err(self.attribute_error(format!(
                                    "property '{name}' of '{class_name}' object has no setter"
                                )));
                            }
                            return self.call(&set, &[object.clone(), value.clone()]).map(|_| ());
                        }
                        Some(Obj::Instance(i)) => {
                            let of = i.class.clone();
                            if let Some(set) = self.lookup(&of, s().set) {
                                let args = [object.clone(), value.clone()];
                                return self.call_bound(&set, found, Args::new(&args)).map(|_| ());
                            }
                        }
                        _ => {}
                    }
                }
                if name == s().class {
                    return Err(self.type_error("__class__ assignment is not supported by minipy"));
                }
                let Obj::Class(c) = class.get(self.m) else { return Ok(()) };
                if c.closed && !c.slot_names.contains(&name) {
                    return Err(self.no_attribute(object, name));
                }
                if name == s().dict {
                    return self.replace_dict(object, value);
                }
                self.new_field(&class, name);
                self.set_own_attr(object, name, value)
            }
            Some(Obj::Class(c)) => {
                if !c.is_user {
                    let class_name = c.name.read().0;
                    return Err(self.type_error(format!(
                        "cannot set '{name}' attribute of immutable type '{class_name}'"
                    )));
                }
                if name == s().name || name == s().qualname {
                    let text = self.str(value)?;
                    let mut names = c_name(object, self).write();
                    if name == s().name {
                        names.0 = intern(&text)
                    } else {
                        names.1 = text.into()
                    }
                    return Ok(());
                }
                let class = object.as_ref().expect("an object").clone();
                self.set_class_attr(&class, name, value);
                Ok(())
            }
            Some(Obj::Module(module)) => {
                module.set(self, name, value);
                Ok(())
            }
            Some(Obj::Function(f)) => {
                let boxed = self.boxed(value);
                match name.as_str() {
                    "__doc__" => f.doc.store(self.m, boxed),
                    "__defaults__" => match value {
                        Value::None => f.defaults.store(self.m, None),
                        _ => f.defaults.store(self.m, boxed),
                    },
                    "__kwdefaults__" => f.kwdefaults.store(self.m, boxed),
                    "__name__" | "__qualname__" => {
                        let text = self.str(value)?;
                        if let Some(Obj::Function(f)) = object.as_obj(self.m) {
                            let mut names = f.name.write();
                            if name == s().name {
                                names.0 = intern(&text)
                            } else {
                                names.1 = text.into()
                            }
                        }
                    }
                    "__dict__" => {
                        let all = dict::of(&boxed, self.m).entries(self.m);
                        for (key, value) in all {
                            let key = self.str(&Value::Obj(key))?;
                            let value = Value::from_ref(value, self.m);
                            self.set_own_attr(object, intern(&key), &value)?;
                        }
                    }
                    _ => return self.set_own_attr(object, name, value),
                }
                Ok(())
            }
            _ => {
                let class = self.type_of(object);
                let (has, class_name) =
                    (self.lookup(&class, name).is_some(), self.class_name(&class));
                if has {
                    return Err(self.attribute_error(format!(
                        "'{class_name}' object attribute '{name}' is read-only"
                    )));
                }
                Err(self.no_attribute(object, name))
            }
        }
    }

    /// A class whose instances get an attribute of a new name is another one for those that
    /// remember that they have none.
    fn new_field(&mut self, class: &Ref, name: Sym) {
        let Obj::Class(c) = class.get(self.m) else { return };
        if c.field(self.m, name).is_none()
            && c.add_field(self.m, name).is_some()
            && self.lookup(class, name).is_some()
        {
            let Obj::Class(c) = class.get(self.m) else { return };
            c.version.store(new_version(), Relaxed);
        }
    }

    fn replace_dict(&mut self, object: &Value, value: &Value) -> R<()> {
        for (name, _) in self.own_attrs(object) {
            self.del_own_attr(object, name)?;
        }
        let Some(d) = value.as_ref().filter(|d| matches!(d.get(self.m), Obj::Dict(_))) else {
            return Err(self.type_error("__dict__ must be set to a dictionary"));
        };
        for (key, value) in dict::of(d, self.m).entries(self.m) {
            let key = self.str(&Value::Obj(key))?;
            let value = Value::from_ref(value, self.m);
            self.set_own_attr(object, intern(&key), &value)?;
        }
        Ok(())
    }

    pub fn delattr(&mut self, object: &Value, name: Sym) -> R<()> {
        if let Some(Obj::Instance(_)) = object.as_obj(self.m) {
            let class = self.type_of(object);
            if let Some(f) = self.lookup(&class, s().delattr)
                && !matches!(f.as_obj(self.m), Some(Obj::Builtin(_)))
            {
                let key = self.sym_value(name);
                return self.call_bound(&f, object.clone(), Args::new(&[key])).map(|_| ());
            }
        }
        self.generic_delattr(object, name)
    }

    pub fn generic_delattr(&mut self, object: &Value, name: Sym) -> R<()> {
        match object.as_obj(self.m) {
            Some(Obj::Instance(_)) => {
                let class = self.type_of(object);
                if let Some(found) = self.lookup(&class, name) {
                    match found.as_obj(self.m) {
                        Some(Obj::Property(p)) => {
                            let del = p.del.clone();
                            if del.is_none() {
                                let class_name = self.class_name(&class);
                                return Err(self.attribute_error(format!(
                                    "property '{name}' of '{class_name}' object has no deleter"
                                )));
                            }
                            return self.call(&del, std::slice::from_ref(object)).map(|_| ());
                        }
                        Some(Obj::Instance(i)) => {
                            let of = i.class.clone();
                            if let Some(del) = self.lookup(&of, s().delete) {
                                let args = [object.clone()];
                                return self.call_bound(&del, found, Args::new(&args)).map(|_| ());
                            }
                        }
                        _ => {}
                    }
                }
                if self.del_own_attr(object, name)? {
                    Ok(())
                } else {
                    Err(self.no_attribute(object, name))
                }
            }
            Some(Obj::Class(c)) => {
                let is_user = c.is_user;
                let class = object.as_ref().expect("an object").clone();
                let Obj::Class(c) = class.get(self.m) else { return Ok(()) };
                if is_user && c.dict.remove(self.m, &name).is_some() {
                    c.order.lock().retain(|n| *n != name);
                    self.changed(&class);
                    return Ok(());
                }
                Err(self.no_attribute(object, name))
            }
            Some(Obj::Module(module)) => {
                if module.get(self, name).is_none() {
                    return Err(self.no_attribute(object, name));
                }
                module.set(self, name, &Value::Unset);
                Ok(())
            }
            _ => {
                if self.del_own_attr(object, name)? {
                    Ok(())
                } else {
                    Err(self.no_attribute(object, name))
                }
            }
        }
    }

    // Classes.

    /// Gives a class an attribute.
    pub fn set_class_attr(&mut self, class: &Ref, name: Sym, value: &Value) {
        let boxed = self.boxed(value);
        let Obj::Class(c) = class.get(self.m) else { return };
        let old = c.dict.insert(self.m, name, boxed);
        let quiet = match &old {
            // Plain data that is replaced by such is in no cache.
            Some(old) => {
                let old = Value::from_ref(old.clone(), self.m);
                !is_lasting(&old, self.m)
                    && !is_lasting(value, self.m)
                    && !matches!(value.as_obj(self.m), Some(Obj::Instance(_)))
                    && !matches!(old.as_obj(self.m), Some(Obj::Instance(_)))
            }
            None => {
                c.order.lock().push(name);
                false
            }
        };
        if name == s().del {
            self.mark_del(class);
        }
        if !quiet {
            self.changed(class);
        }
    }

    fn mark_del(&self, class: &Ref) {
        if let Obj::Class(c) = class.get(self.m) {
            crate::finalize::watch();
            c.has_del.store(true, Relaxed);
            for sub in self.subclasses(class) {
                self.mark_del(&sub);
            }
        }
    }

    pub fn subclasses(&self, class: &Ref) -> Vec<Ref> {
        let Obj::Class(c) = class.get(self.m) else { return Vec::new() };
        let all = c.subclasses.lock().unwrap_or_else(|e| e.into_inner());
        all.iter().filter_map(|weak| weak.upgrade(self.m)).collect()
    }

    /// What caches know of a class and of those that extend it is not true any more.
    fn changed(&mut self, class: &Ref) {
        if let Obj::Class(c) = class.get(self.m) {
            c.version.store(new_version(), Release);
        }
        for sub in self.subclasses(class) {
            self.changed(&sub);
        }
    }

    /// Makes a class.
    pub fn new_class(
        &mut self,
        name: &str,
        qualname: &str,
        bases: Vec<Ref>,
        namespace: Vec<(Sym, Value)>,
    ) -> R<Ref> {
        let bases = if bases.is_empty() { vec![self.s.types.object.clone()] } else { bases };
        let mro = self.merge_orders(&bases)?;
        let mut kind = Kind::Object;
        let mut has_del = namespace.iter().any(|(n, _)| *n == s().del);
        if has_del {
            crate::finalize::watch();
        }
        let (mut inherited, mut closed) = (Vec::new(), true);
        let mut slot_names = Vec::new();
        for base in &bases {
            let Obj::Class(b) = base.get(self.m) else {
                return Err(self.type_error("bases must be types"));
            };
            if b.kind == Kind::Final || b.kind == Kind::Type {
                let base_name = b.name.read().0;
                if b.kind == Kind::Type {
                    return Err(self.type_error("metaclasses are not supported by minipy"));
                }
                return Err(
                    self.type_error(format!("type '{base_name}' is not an acceptable base type"))
                );
            }
            if b.kind != Kind::Object {
                if kind != Kind::Object && kind != b.kind {
                    return Err(self.type_error("multiple bases have instance lay-out conflict"));
                }
                kind = b.kind;
            }
            has_del |= b.has_del.load(Relaxed);
            closed &= b.closed;
            inherited.extend(b.layout.names());
            slot_names.extend(b.slot_names.iter().copied());
        }
        let slots = namespace.iter().find(|(n, _)| *n == s().slots).map(|(_, v)| v.clone());
        closed &= slots.is_some();
        let layout = Layout::default();
        let mut all: Vec<Sym> = Vec::new();
        let mut add = |name: Sym| all.push(name);
        inherited.into_iter().for_each(&mut add);
        if let Some(slots) = slots {
            let is_str = matches!(slots.as_obj(self.m), Some(Obj::Str(_)));
            let names = if is_str { vec![slots] } else { self.collect(&slots)? };
            for name in names {
                let name = self.str(&name)?;
                if name == "__dict__" {
                    closed = false;
                } else if name != "__weakref__" {
                    let name = crate::compile::mangle_for(name_without(qualname), &name);
                    if namespace.iter().any(|(n, _)| *n == name) {
                        return Err(self.value_error(format!(
                            "'{name}' in __slots__ conflicts with class variable"
                        )));
                    }
                    slot_names.push(name);
                    add(name);
                }
            }
        } else {
            // Attributes that methods assign to.
            let init_first = {
                let (init, rest): (Vec<_>, Vec<_>) =
                    namespace.iter().partition(|(n, _)| *n == s().init);
                init.into_iter().chain(rest)
            };
            for (_, value) in init_first {
                if let Some(Obj::Function(f)) = value.as_obj(self.m) {
                    f.code.self_attrs.iter().copied().for_each(&mut add);
                }
            }
        }
        for name in all {
            layout.add(self.m, name, MAX_FIELDS, || ());
        }
        let class = Class {
            name: parking_lot::RwLock::new((intern(name), qualname.into())),
            mro: mro.into(),
            dict: brc::GcMap::with_hasher(rustc_hash::FxBuildHasher),
            order: Default::default(),
            version: new_version().into(),
            simple: 0.into(),
            layout,
            subclasses: Default::default(),
            kind,
            is_user: true,
            has_del: has_del.into(),
            closed,
            bases: bases.into(),
            slot_names: slot_names.into(),
        };
        for (name, value) in &namespace {
            // These three need not be told.
            let value = match (name.as_str(), value.as_obj(self.m)) {
                ("__init_subclass__" | "__class_getitem__", Some(Obj::Function(_))) => {
                    Value::Obj(self.alloc(Obj::ClassMethod(value.clone())))
                }
                ("__new__", Some(Obj::Function(_))) => {
                    Value::Obj(self.alloc(Obj::StaticMethod(value.clone())))
                }
                _ => value.clone(),
            };
            class.dict.insert(self.m, *name, self.boxed(&value));
            class.order.lock().push(*name);
        }
        let defines = |name| namespace.iter().any(|(n, _)| *n == name);
        if defines(s().eq) && !defines(s().hash) {
            class.dict.insert(self.m, s().hash, self.s.none.clone());
        }
        let class = self.alloc_shared(Obj::Class(Box::new(class)));
        let Obj::Class(c) = class.get(self.m) else { unreachable!("just made") };
        for base in &c.bases {
            if let Obj::Class(b) = base.get(self.m) {
                let mut all = b.subclasses.lock().unwrap_or_else(|e| e.into_inner());
                if all.len() >= 16 {
                    all.retain(|weak| weak.is_alive(self.m));
                }
                all.push(class.downgrade(self.m));
            }
        }
        Ok(class)
    }

    /// The C3 linearization of some bases, in order.
    fn merge_orders(&mut self, bases: &[Ref]) -> R<Vec<Ref>> {
        let mut lists: Vec<Vec<Ref>> = Vec::new();
        for base in bases {
            let Obj::Class(b) = base.get(self.m) else {
                return Err(self.type_error("bases must be types"));
            };
            let mut list = vec![base.clone()];
            list.extend(b.mro.iter().cloned());
            lists.push(list);
        }
        for (i, base) in bases.iter().enumerate() {
            if bases[..i].iter().any(|b| Gc::ptr_eq(b, base)) {
                let name = self.class_name(base);
                return Err(self.type_error(format!("duplicate base class {name}")));
            }
        }
        lists.push(bases.to_vec());
        let mut order = Vec::new();
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Ok(order);
            }
            let next = lists.iter().map(|list| &list[0]).find(|head| {
                !lists.iter().any(|list| list[1..].iter().any(|c| Gc::ptr_eq(c, head)))
            });
            let Some(next) = next.cloned() else {
                let names: Vec<String> = bases.iter().map(|b| self.class_name(b)).collect();
                return Err(self.type_error(format!(
                    "Cannot create a consistent method resolution\norder (MRO) for bases {}",
                    names.join(", ")
                )));
            };
            for list in &mut lists {
                if Gc::ptr_eq(&list[0], &next) {
                    list.remove(0);
                }
            }
            order.push(next);
        }
    }

    /// A class statement: the body's function, the name, bases, keywords.
    pub fn build_class(&mut self, parts: &[Value; 4]) -> R {
        let [body, name, bases, kw] = parts;
        let name = self.str(name)?;
        let mut all = Vec::new();
        for base in self.collect(bases)? {
            match base.as_obj(self.m) {
                Some(Obj::Class(_)) => all.push(base.as_ref().expect("an object").clone()),
                _ => match self.getattr_opt(&base, intern("__mro_entries__"))? {
                    Some(f) => {
                        let bases = self.new_tuple(vec![base.clone()]);
                        for base in self.call(&f, &[bases]).and_then(|b| self.collect(&b))? {
                            all.extend(base.as_ref().cloned());
                        }
                    }
                    None => return Err(self.type_error("bases must be types")),
                },
            }
        }
        let Some(Obj::Function(f)) = body.as_obj(self.m) else {
            unreachable!("the compiler makes a function")
        };
        let (code, module, closure) = (f.code, f.module.clone(), f.closure.to_vec());
        let namespace = self.new_dict();
        let module_name = match module.get(self.m) {
            Obj::Module(m) => m.get(self, s().name).unwrap_or_else(|| self.sym_value(m.name)),
            _ => Value::None,
        };
        let key = self.sym_value(s().module);
        dict::set(self, &namespace, &key, &module_name)?;
        let cell = self.run_code(code, Some(namespace.clone()), &closure)?;
        let mut entries = Vec::new();
        let mut qualname = name.clone();
        for (key, value) in dict::of(&namespace, self.m).entries(self.m) {
            let Obj::Str(key) = key.get(self.m) else { continue };
            let (key, value) = (intern(&key.text), Value::from_ref(value.clone(), self.m));
            if key == s().qualname {
                qualname = self.str(&value)?;
            } else {
                entries.push((key, value));
            }
        }
        let class = self.new_class(&name, &qualname, all, entries.clone())?;
        let value = Value::Obj(class.clone());
        if let Some(Obj::Cell(cell)) = cell.as_obj(self.m) {
            cell.store(self.m, class.clone());
        }
        self.finish_class(&class, &entries, kw)?;
        if let Some(hook) = self.lookup_after(&class, &class, s().minipy_class) {
            let hook = self.bind_descriptor(&hook, None, &class)?;
            return self.call(&hook, &[value]);
        }
        Ok(value)
    }

    /// Tells what is in a class, and what it extends, that there is a new one.
    pub fn finish_class(&mut self, class: &Ref, entries: &[(Sym, Value)], kw: &Value) -> R<()> {
        let value = Value::Obj(class.clone());
        for (name, entry) in entries {
            if matches!(entry.as_obj(self.m), Some(Obj::Instance(_))) {
                let key = self.sym_value(*name);
                self.call_special(entry, s().set_name, &[value.clone(), key])?;
            }
        }
        let mut named = Vec::new();
        if let Value::Obj(kw) = kw {
            for (key, value) in dict::of(kw, self.m).entries(self.m) {
                let key = self.str(&Value::Obj(key))?;
                if key == "metaclass" {
                    let abc = matches!(self.str(&Value::from_ref(value.clone(), self.m)), Ok(text) if text.contains("ABCMeta"));
                    if !abc {
                        return Err(self.type_error("metaclasses are not supported by minipy"));
                    }
                    continue;
                }
                named.push((intern(&key), Value::from_ref(value, self.m)));
            }
        }
        match self.lookup_after(class, class, s().init_subclass) {
            Some(hook) => {
                let hook = self.bind_descriptor(&hook, None, class)?;
                self.call_args(&hook, Args { pos: &[], kw: &named })?;
            }
            None => {
                if let Some((name, _)) = named.first() {
                    let class_name = self.class_name(class);
                    return Err(self.type_error(format!(
                        "{class_name}.__init_subclass__() got an unexpected keyword argument '{name}'"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The last part of a qualified name.
fn name_without(qualname: &str) -> &str {
    qualname.rsplit('.').next().unwrap_or(qualname)
}

fn c_name<'a>(class: &'a Value, vm: &'a Vm<'_>) -> &'a parking_lot::RwLock<(Sym, Box<str>)> {
    match class.as_obj(vm.m) {
        Some(Obj::Class(c)) => &c.name,
        _ => unreachable!("the caller knows that it is a class"),
    }
}

/// What exceptions keep in fields that programs do not see in `__dict__`.
fn is_hidden(name: Sym) -> bool {
    let s = s();
    [s.args, s.cause, s.context, s.traceback, s.suppress_context].contains(&name)
}
