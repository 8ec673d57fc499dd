import { beforeEach, expect, test } from '@jest/globals';
import { type OwnTrouble, ownTrouble } from '../../lib/local/own-trouble.ts';

let own: OwnTrouble;
beforeEach(() => {
  own = ownTrouble();
});

test('a task that fails again and again may have met trouble of the machine', () => {
  expect([own.failed(1), own.failed(1), own.failed(2), own.failed(1)]).toEqual([0, 0, 0, 0]);
});

test('once another one has succeeded since it failed first, it has trouble of its own, which is counted', () => {
  own.failed(1);
  own.succeeded(2);
  expect([own.failed(1), own.failed(1), own.failed(1)]).toEqual([1, 2, 3]);
});

test('several can have trouble of their own, and are no reason to suspect the machine', () => {
  own.failed(1);
  own.failed(2);
  own.succeeded(3);
  expect([own.failed(1), own.failed(2), own.failed(1), own.failed(2)]).toEqual([1, 1, 2, 2]);
  expect(own.failed(4)).toBe(0);
  expect(own.isOneSuspected()).toBe(true);
});

test('a task that has come to its end is suspected no more', () => {
  own.failed(1);
  own.failed(2);
  own.ended(1);
  expect(own.isOneSuspected()).toBe(true);
  own.succeeded(3);
  expect(own.failed(1)).toBe(0);
});

test('a success before it failed first says nothing', () => {
  own.succeeded(2);
  expect(own.failed(1)).toBe(0);
});

test('its own success ends the count', () => {
  own.failed(1);
  own.succeeded(2);
  own.failed(1);
  own.succeeded(1);
  expect(own.failed(1)).toBe(0);
});

test('one task is suspected while it alone has failed since the last success', () => {
  expect(own.isOneSuspected()).toBe(false);
  own.failed(1);
  own.failed(1);
  expect(own.isOneSuspected()).toBe(true);
  own.failed(2);
  expect(own.isOneSuspected()).toBe(false);
  own.succeeded(3);
  expect(own.isOneSuspected()).toBe(false);
});
