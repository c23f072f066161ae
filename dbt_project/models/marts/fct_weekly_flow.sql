-- Stocks are running sums of what begins and ends; flows are read from each person's two states around a Sunday. That the
-- two agree is tested, not assumed.
with memberships as (
    select * from {{ ref('int_memberships__weekly') }} where is_primary
),

persons as (
    select * from {{ ref('int_persons__unified') }}
),

weeks as (
    select week_seq, week_end_date from {{ ref('dim_week') }}
),

categories as (
    select * from {{ ref('category') }}
),

areas as (
    select * from {{ ref('dim_area') }}
),

scopes as (
    select 'layer' as scope_kind
    union all
    select 'all'
),

pieces as (
    select
        memberships.town_code,
        case when scopes.scope_kind = 'all' then 'ALL' else memberships.layer_code end as layer_code,
        memberships.from_seq,
        memberships.to_seq,
        1 as person
    from memberships
    cross join scopes
),

stocks as (
    {{ stock_by_week('pieces', ['town_code', 'layer_code'], {'persons_count': 'person'}, 'weeks') }}
),

ended as (
    select person_key, to_seq as seq, layer_code, town_code from memberships
),

began as (
    select person_key, from_seq as seq, layer_code, town_code from memberships
),

changes as (
    select
        coalesce(ended.person_key, began.person_key) as person_key,
        coalesce(ended.seq, began.seq) as seq,
        ended.layer_code as old_layer_code,
        ended.town_code as old_town_code,
        began.layer_code as new_layer_code,
        began.town_code as new_town_code
    from ended
    full outer join began on ended.person_key = began.person_key and ended.seq = began.seq
),

steps as (
    select
        changes.*,
        scopes.scope_kind,
        case
            when changes.old_town_code is null then 'entered'
            when changes.new_town_code is not null and changes.new_town_code <> changes.old_town_code then 'relocated'
            when changes.new_town_code is not null then 'shifted'
            when persons.death_date <= weeks.week_end_date then 'died'
            when persons.moved_out_date <= weeks.week_end_date then 'left_district'
            else 'exited'
        end as step
    from changes
    inner join weeks on changes.seq = weeks.week_seq
    inner join persons on changes.person_key = persons.person_key
    cross join scopes
    where weeks.week_seq > 0
),

moves as (
    select
        seq,
        new_town_code as town_code,
        case when scope_kind = 'all' then 'ALL' else new_layer_code end as layer_code,
        step || '_in' as move
    from steps
    where new_town_code is not null
        and (step <> 'shifted' or (scope_kind = 'layer' and new_layer_code <> old_layer_code))
    union all
    select
        seq,
        old_town_code,
        case when scope_kind = 'all' then 'ALL' else old_layer_code end,
        step || '_out'
    from steps
    where old_town_code is not null
        and (step <> 'shifted' or (scope_kind = 'layer' and new_layer_code <> old_layer_code))
),

flows as (
    select
        seq,
        town_code,
        layer_code,
        sum(case when move = 'entered_in' then 1 else 0 end) as entered_count,
        sum(case when move = 'relocated_in' then 1 else 0 end) as relocated_in_count,
        sum(case when move = 'shifted_in' then 1 else 0 end) as shifted_in_count,
        sum(case when move = 'exited_out' then 1 else 0 end) as exited_count,
        sum(case when move = 'died_out' then 1 else 0 end) as died_count,
        sum(case when move = 'left_district_out' then 1 else 0 end) as left_district_count,
        sum(case when move = 'relocated_out' then 1 else 0 end) as relocated_out_count,
        sum(case when move = 'shifted_out' then 1 else 0 end) as shifted_out_count
    from moves
    group by seq, town_code, layer_code
),

towns as (
    select town_code from areas where area_level = 'town'
    union
    select town_code from memberships
),

layers as (
    select distinct layer_code from categories
    union
    select 'ALL'
),

final as (
    select
        weeks.week_end_date,
        towns.town_code,
        layers.layer_code,
        coalesce(before.persons_count, 0) as opening_count,
        {%- for flow in ['entered', 'relocated_in', 'shifted_in', 'exited', 'died', 'left_district', 'relocated_out', 'shifted_out'] %}
        cast(coalesce(flows.{{ flow }}_count, 0) as integer) as {{ flow }}_count,
        {%- endfor %}
        coalesce(after.persons_count, 0) as closing_count
    from weeks
    cross join towns
    cross join layers
    left join stocks as before
        on weeks.week_seq = before.week_seq + 1
        and towns.town_code = before.town_code
        and layers.layer_code = before.layer_code
    left join stocks as after
        on weeks.week_seq = after.week_seq
        and towns.town_code = after.town_code
        and layers.layer_code = after.layer_code
    left join flows
        on weeks.week_seq = flows.seq
        and towns.town_code = flows.town_code
        and layers.layer_code = flows.layer_code
    where weeks.week_seq > 0
)

select * from final
