-- A01 High medical self-pay: sum of twelve months at or above the line, not in 低保 or 特困, and the household known to be
-- in need (a layer, under watch after leaving, or income below the disposable-income line). Who left and is back in needs no
-- watch of its own: the layer counts already.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

settlements as (
    select * from {{ ref('int_settlements__counted') }}
),

medical as (
    select * from {{ ref('int_medical__rolled_12m') }}
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

monitored as (
    select * from {{ ref('stg_agriculture__monitored_persons') }}
),

hints as (
    select * from {{ ref('int_quarantine__hinted') }}
),

register_lists as (
    select max(period_end) as last_list_date
    from {{ ref('stg_lake__batches') }}
    where feed_id = 'civil_affairs__register' and is_in_force and kind = 'full'
),

current_spells as (
    select spells.*
    from spells
    cross join policy
    where spells.start_date <= policy.as_of_date and policy.as_of_date < spells.end_date
),

candidates as (
    select
        medical.person_key,
        medical.self_pay_12m_yuan,
        medical.settlements_count,
        persons.household_id_police,
        persons.urban_rural_code
    from medical
    inner join persons on medical.person_key = persons.person_key
    cross join policy
    where medical.self_pay_12m_yuan >= policy.a01_self_pay_yellow_yuan
        and policy.as_of_date < persons.left_date
        and medical.person_key not in (select person_key from current_spells where layer_code in ('DB', 'TK'))
),

-- The household: the person, those now listed in a household of the register in which the person is or was, and those
-- in the person's household of the police register.
relatives as (
    select person_key, person_key as relative_key from candidates
    union
    select own.person_key, beside.person_key
    from spells as own
    inner join current_spells as beside on own.household_id_civil_affairs = beside.household_id_civil_affairs
    where own.person_key in (select person_key from candidates)
    union
    select candidates.person_key, persons.person_key
    from candidates
    inner join persons on candidates.household_id_police = persons.household_id_police
    where persons.person_status_code = '1'
),

living_relatives as (
    select relatives.*
    from relatives
    inner join persons on relatives.relative_key = persons.person_key
    cross join policy
    where policy.as_of_date < persons.left_date
),

layered as (
    select distinct living_relatives.person_key
    from living_relatives
    inner join current_spells on living_relatives.relative_key = current_spells.person_key
),

watched as (
    select distinct living_relatives.person_key
    from living_relatives
    inner join spells on living_relatives.relative_key = spells.person_key
    cross join policy
    where spells.layer_code in ('DB', 'TK')
        and spells.end_date <= policy.as_of_date
        and policy.as_of_date < {{ add_months('spells.end_date', 'policy.exit_watch_months') }}
        and coalesce(spells.stop_reason_code, '') <> 'DEATH'
),

incomes as (
    select
        living_relatives.person_key,
        min(monitored.income_year_yuan) as income_year_yuan
    from living_relatives
    inner join monitored on living_relatives.relative_key = monitored.person_key
    group by living_relatives.person_key
),

kinds as (
    select person_key, min(urban_rural_code) as urban_rural_code
    from current_spells
    group by person_key
),

judged as (
    select
        candidates.*,
        layered.person_key is not null as is_layered,
        watched.person_key is not null as is_watched,
        incomes.income_year_yuan,
        coalesce(
            incomes.income_year_yuan < case
                when coalesce(kinds.urban_rural_code, candidates.urban_rural_code) = '1' then policy.disposable_income_line_urban_yuan
                else policy.disposable_income_line_rural_yuan
            end,
            false
        ) as is_below_line
    from candidates
    cross join policy
    left join layered on candidates.person_key = layered.person_key
    left join watched on candidates.person_key = watched.person_key
    left join incomes on candidates.person_key = incomes.person_key
    left join kinds on candidates.person_key = kinds.person_key
),

running as (
    select
        settlements.person_key,
        settlements.settlement_date,
        sum(settlements.self_pay_yuan) over (
            partition by settlements.person_key
            order by settlements.settlement_date, settlements.settlement_id_medical, settlements.is_reversal
            rows between unbounded preceding and current row
        ) as running_yuan
    from settlements
    where settlements.person_key in (select person_key from candidates)
),

reached as (
    select running.person_key, min(running.settlement_date) as fired_date
    from running
    cross join policy
    where running.running_yuan >= policy.a01_self_pay_yellow_yuan
    group by running.person_key
),

hinted as (
    select distinct hints.person_key
    from hints
    cross join register_lists
    where hints.feed_id = 'civil_affairs__register' and hints.period_end_date >= register_lists.last_list_date
),

final as (
    select
        'A01' as rule_id,
        judged.person_key,
        cast(null as date) as evidence_month,
        '' as detail,
        case when hinted.person_key is null then 'open' else 'unknown' end as alert_status_code,
        case
            when judged.self_pay_12m_yuan >= policy.a01_self_pay_red_yuan then 'R'
            when judged.self_pay_12m_yuan >= policy.a01_self_pay_orange_yuan then 'O'
            else 'Y'
        end as severity_code,
        reached.fired_date,
        judged.self_pay_12m_yuan as amount_yuan,
        {{ json_of({
            'self_pay_12m_yuan': 'judged.self_pay_12m_yuan',
            'settlements_count': 'judged.settlements_count',
            'is_household_in_layer': 'judged.is_layered',
            'is_household_under_watch': 'judged.is_watched',
            'income_year_yuan': 'judged.income_year_yuan',
        }) }} as evidence_json
    from judged
    inner join reached on judged.person_key = reached.person_key
    cross join policy
    left join hinted on judged.person_key = hinted.person_key
    where judged.is_layered or judged.is_watched or judged.is_below_line
)

select * from final
