//! Encodings: from text to bytes and back, and the exceptions of what cannot be encoded or decoded.

use brc::Mutator;

use crate::object::*;
use crate::statics::methods;
use crate::sym::{intern, s};
use crate::text::strings::{Codec, CodecError, ErrorMode, decode, encode};
use crate::vm::{Args, R, Vm};

const FIELDS: [&str; 5] = ["encoding", "object", "start", "end", "reason"];

pub fn init(m: &Mutator) {
    for class in ["UnicodeDecodeError", "UnicodeEncodeError"] {
        methods(m, class, &[("__init__", error_init), ("__str__", error_str)]);
    }
}

fn error_init(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    if args.len() != 6 {
        let n = args.len() - 1;
        return Err(vm.type_error(format!("function takes exactly 5 arguments ({n} given)")));
    }
    let given = vm.new_tuple(args.pos[1..].to_vec());
    vm.generic_setattr(&args[0], s().args, &given)?;
    for (name, value) in FIELDS.into_iter().zip(&args.pos[1..]) {
        vm.generic_setattr(&args[0], intern(name), value)?;
    }
    Ok(Value::None)
}

fn error_str(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let mut fields = Vec::new();
    for name in FIELDS {
        fields.push(vm.getattr(&args[0], intern(name))?);
    }
    let decoding = vm.is_instance(&args[0], vm.s.type_named("UnicodeDecodeError"));
    let encoding = vm.str(&fields[0])?;
    let (start, end) = (vm.index_i64(&fields[2])?, vm.index_i64(&fields[3])?);
    let reason = vm.str(&fields[4])?;
    let at = usize::try_from(start).unwrap_or(0);
    let code = if decoding {
        vm.bytes_of(&fields[1]).get(at).map_or(0, |b| u32::from(*b))
    } else {
        vm.text_of(&fields[1]).and_then(|text| text.chars().nth(at)).map_or(0, u32::from)
    };
    let (verb, noun) = if decoding { ("decode", "byte") } else { ("encode", "character") };
    let place = if end - start == 1 {
        let shown = match code {
            code if decoding => format!("0x{code:02x}"),
            code @ ..=0xff => format!("'\\x{code:02x}'"),
            code @ ..=0xffff => format!("'\\u{code:04x}'"),
            code => format!("'\\U{code:08x}'"),
        };
        format!("{noun} {shown} in position {start}")
    } else {
        format!("{noun}s in position {start}-{}", end - 1)
    };
    Ok(vm.new_str(format!("'{encoding}' codec can't {verb} {place}: {reason}")))
}

impl Vm<'_> {
    /// The encoding and the mode for errors, by their names; UTF-8 and strict by default.
    fn codec(
        &mut self,
        f: &str,
        encoding: Option<&Value>,
        errors: Option<&Value>,
    ) -> R<(Codec, ErrorMode)> {
        let mut name = |what: &str, arg: Option<&Value>, default: &str| -> R<String> {
            match arg {
                None => Ok(default.to_owned()),
                Some(value) => match self.text_of(value) {
                    Some(text) => Ok(text),
                    None => {
                        let name = self.type_name(value);
                        Err(self
                            .type_error(format!("{f}() argument '{what}' must be str, not {name}")))
                    }
                },
            }
        };
        let encoding = name("encoding", encoding, "utf-8")?;
        let errors = name("errors", errors, "strict")?;
        let Some(codec) = Codec::lookup(&encoding) else {
            return Err(self.err("LookupError", format!("unknown encoding: {encoding}")));
        };
        match ErrorMode::lookup(&errors) {
            Some(mode) => Ok((codec, mode)),
            None => Err(self.err("LookupError", format!("unknown error handler name '{errors}'"))),
        }
    }

    /// `text.encode(encoding, errors)`, for a function of this name.
    pub fn encode(
        &mut self,
        f: &str,
        text: &str,
        encoding: Option<&Value>,
        errors: Option<&Value>,
    ) -> R<Vec<u8>> {
        let (codec, mode) = self.codec(f, encoding, errors)?;
        match encode(text, codec, mode) {
            Ok(bytes) => Ok(bytes),
            Err(e) => {
                let object = self.new_str(text);
                Err(self.codec_error(&e, object))
            }
        }
    }

    /// `bytes.decode(encoding, errors)`, for a function of this name.
    pub fn decode(
        &mut self,
        f: &str,
        bytes: &[u8],
        encoding: Option<&Value>,
        errors: Option<&Value>,
    ) -> R<String> {
        let (codec, mode) = self.codec(f, encoding, errors)?;
        match decode(bytes, codec, mode) {
            Ok(text) => Ok(text),
            Err(e) => {
                let object = self.new_bytes(bytes);
                Err(self.codec_error(&e, object))
            }
        }
    }

    fn codec_error(&mut self, e: &CodecError, object: Value) -> crate::vm::PyErr {
        let class = if e.decoding { "UnicodeDecodeError" } else { "UnicodeEncodeError" };
        let class = self.s.type_named(class).clone();
        let (encoding, reason) = (self.new_str(e.encoding), self.new_str(e.reason));
        self.err_with(&class, vec![encoding, object, e.start.into(), e.end.into(), reason])
    }
}
